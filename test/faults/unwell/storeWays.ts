// Ways in which PostgreSQL, Redis and Elasticsearch are unwell. The installation has its own PostgreSQL and
// Redis, and reaches Elasticsearch through a proxy, so a fault reaches nobody else.
import type { Client as Elasticsearch } from '@elastic/elasticsearch';
import type { Redis } from 'ioredis';
import { walletsAlias } from '../../../src/projections/readModel/readModelIndex.ts';
import { serviceRole } from '../../../stack/postgresRoles.ts';
import type { Condition, Installation } from './installation.ts';
import type { Way } from './way.ts';

export interface StoreSurroundings {
  readonly installation: Installation;
  /** A superuser's session in the installation's database. */
  readonly postgres: { readonly query: (text: string) => Promise<unknown> };
  readonly restartPostgres: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> };
  /** An administrator's connection. */
  readonly redis: Redis;
  readonly restartRedis: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> };
  readonly redisAsCluster: (isCluster: boolean) => Promise<void>;
  readonly elasticsearch: Elasticsearch;
  /** The way to Elasticsearch. */
  readonly passage: { readonly stop: () => Promise<void>; readonly start: () => Promise<void> };
  /** Fills and empties the disk under the table of events. */
  readonly smallDisk: { readonly fill: () => Promise<void>; readonly empty: () => Promise<void> };
}

type StoreWay = Way<StoreSurroundings>;

/** Ends the sessions of the service, so that new ones meet the new settings. */
const endSessions = `
  select pg_terminate_backend(pid)
    from pg_stat_activity
   where datname = current_database()
     and pid <> pg_backend_pid()`;

/** The words of the condition, or an error that shows them. */
function wordsOf({ problem, advice }: Condition, pattern: RegExp): readonly string[] {
  const found = pattern.exec(problem) ?? pattern.exec(advice);
  if (found === null) throw new Error(`"${problem} ${advice}" does not say ${String(pattern)}`);
  return found.slice(1);
}

const postgresWays: readonly StoreWay[] = [
  {
    name: 'PostgreSQL is gone',
    conditions: ['postgres-away'],
    strike: ({ restartPostgres }) => restartPostgres.stop(),
    repair: ({ restartPostgres }) => restartPostgres.start(),
  },
  {
    name: 'PostgreSQL is read-only for the database',
    conditions: ['postgres-refuses-writes', 'postgres-unfit'],
    strike: async ({ postgres }) => {
      await postgres.query('alter database wallet set default_transaction_read_only = on');
      await postgres.query(endSessions);
    },
    repair: async ({ postgres }, found) => {
      const [setting] = wordsOf(found, /set (default_transaction_read_only) to off/);
      await postgres.query(`alter database wallet set ${setting ?? ''} = off`);
    },
  },
  {
    name: 'INSERT on events is revoked',
    runsInTests: true,
    conditions: ['postgres-refuses-writes', 'postgres-unfit'],
    strike: ({ postgres }) => postgres.query(`revoke insert on events from ${serviceRole}`),
    repair: async ({ postgres }, found) => {
      const [right, table] = wordsOf(found, /grant (\w+) on (\w+)/);
      await postgres.query(`grant ${right ?? ''} on ${table ?? ''} to ${serviceRole}`);
    },
  },
  {
    name: 'PostgreSQL loses fsync',
    conditions: ['postgres-unfit'],
    strike: async ({ postgres }) => {
      await postgres.query('alter system set fsync = off');
      await postgres.query('select pg_reload_conf()');
    },
    repair: async ({ postgres }, found) => {
      const [setting, value] = wordsOf(found, /(\w+) is \w+: set it to (\w+)/);
      await postgres.query(`alter system set ${setting ?? ''} = ${value ?? ''}`);
      await postgres.query('select pg_reload_conf()');
    },
  },
  {
    name: 'the disk of PostgreSQL is full',
    runsInTests: true,
    conditions: ['commits-fail'],
    strike: async ({ smallDisk, installation }) => {
      await smallDisk.fill();
      await createWallets(installation, 'full', 4);
    },
    repair: async ({ smallDisk, installation }, found) => {
      wordsOf(found, /(No space left on device)/);
      await smallDisk.empty();
      await createWallets(installation, 'room', 1);
    },
  },
];

/** Only the second installation has a key for the secrets of webhooks. */
const webhookWays: readonly StoreWay[] = [
  {
    name: 'a webhook endpoint is there, and no key',
    conditions: ['webhook-key-missing'],
    strike: ({ postgres }) =>
      postgres.query(`
        insert into webhook_endpoints (id, tenant, url, ordered, description, created_by, position)
        values ('whe_0', '', 'https://hooks.example.com/', true, '', 'test', 0)`),
    repair: ({ postgres }) => postgres.query('delete from webhook_endpoints'),
  },
];

const redisWays: readonly StoreWay[] = [
  {
    name: 'Redis is gone',
    conditions: ['redis-away'],
    strike: ({ restartRedis }) => restartRedis.stop(),
    repair: ({ restartRedis }) => restartRedis.start(),
  },
  {
    name: 'Redis is a replica',
    conditions: ['redis-refuses-lock'],
    strike: ({ redis }) => redis.replicaof('127.0.0.1', 1),
  },
  {
    name: 'the memory of Redis is full',
    conditions: ['redis-refuses-lock'],
    strike: async ({ redis }) => {
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      await redis.config('SET', 'maxmemory', '1');
    },
  },
  {
    name: 'Redis is a cluster',
    conditions: ['redis-refuses-lock'],
    strike: ({ redisAsCluster }) => redisAsCluster(true),
    repair: async ({ redisAsCluster }, found) => {
      wordsOf(found, /(is a cluster)/);
      await redisAsCluster(false);
    },
  },
];

const elasticsearchWays: readonly StoreWay[] = [
  {
    name: 'Elasticsearch is gone',
    conditions: ['elasticsearch-away'],
    strike: ({ passage }) => passage.stop(),
    repair: ({ passage }) => passage.start(),
  },
  {
    name: 'an index is blocked for writes, as on a full disk',
    conditions: ['elasticsearch-refuses-writes'],
    strike: async ({ elasticsearch, installation }) =>
      elasticsearch.indices.putSettings({
        index: await indexOf(elasticsearch, installation),
        settings: { 'index.blocks.read_only_allow_delete': true },
      }),
  },
  {
    name: 'an index is closed',
    conditions: ['elasticsearch-refuses-writes'],
    strike: async ({ elasticsearch, installation }) =>
      elasticsearch.indices.close({ index: await indexOf(elasticsearch, installation) }),
  },
];

export const storeWays: readonly StoreWay[] = [
  ...redisWays,
  ...elasticsearchWays,
  ...webhookWays,
  ...postgresWays,
];

async function indexOf(elasticsearch: Elasticsearch, { config }: Installation): Promise<string> {
  const alias = walletsAlias(config.ELASTICSEARCH_INDEX_PREFIX);
  const [index] = Object.keys(await elasticsearch.indices.getAlias({ name: alias }));
  if (index === undefined) throw new Error(`no index has the alias ${alias}`);
  return index;
}

let created = 0;

/** Gives the statuses of the answers. */
async function createWallets(
  { post }: Installation,
  name: string,
  count: number,
): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (let at = 0; at < count; at += 1) {
    created += 1;
    const { status } = await post('/wallets', { walletId: `${name}-${created}`, ownerId: 'owner' });
    statuses.push(status);
  }
  return statuses;
}
