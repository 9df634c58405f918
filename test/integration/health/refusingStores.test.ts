// Stores that answer and refuse, for real: the health model tells each one, with advice against its reason.
// `npm run test:unwell` does the same through whole processes, and types the advice.
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import type { Found } from '../../../src/health/condition.ts';
import { elasticsearchConditions } from '../../../src/health/conditions/elasticsearchConditions.ts';
import { postgresConditions } from '../../../src/health/conditions/postgresConditions.ts';
import { redisConditions } from '../../../src/health/conditions/redisConditions.ts';
import { readElasticsearchFacts } from '../../../src/health/facts/elasticsearchFacts.ts';
import { readPostgresFacts } from '../../../src/health/facts/postgresFacts.ts';
import { readRedisFacts } from '../../../src/health/facts/redisFacts.ts';
import { judge } from '../../../src/health/judge.ts';
import { createElasticsearch } from '../../../src/projections/readModel/elasticsearch.ts';
import { freshStackOptions, withoutAddresses } from '../../../harness/environment.ts';
import { nameOfDatabase, withClient } from '../../../harness/databases.ts';
import { startStack, type Stack } from '../../../stack/stack.ts';
import { createProtectedDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type PartFacts, wellFacts } from '../../support/healthFacts.ts';

const conditions = [...redisConditions, ...elasticsearchConditions, ...postgresConditions];

/** What the model finds if one part has these facts and all else is well. */
function findingsOf(part: PartFacts, value: unknown): readonly (Found & { readonly name: string })[] {
  const reading = { answered: true, answeredInMs: 1, value };
  return judge({ ...wellFacts, [part]: reading }, conditions) as readonly (Found & {
    readonly name: string;
  })[];
}

describe('a Redis that refuses the lock', () => {
  let stack: Stack;
  let varDir: string;
  let admin: Redis;
  let service: Redis;
  beforeAll(async () => {
    const options = await freshStackOptions(
      `refusing-${randomBytes(4).toString('hex')}`,
      withoutAddresses(process.env),
      () => undefined,
    );
    varDir = options.varDir;
    stack = await startStack({ ...options, parts: ['redis'], signal: new AbortController().signal });
    admin = new Redis(stack.adminUrls.REDIS_URL);
    service = new Redis(stack.urls.REDIS_URL);
    for (const redis of [admin, service]) redis.on('error', () => undefined);
  });
  afterAll(async () => {
    admin.disconnect();
    service.disconnect();
    await stack.close();
    await rm(varDir, { recursive: true, force: true });
  });
  const found = async () => findingsOf('redis', await readRedisFacts(service, 'test:'));

  it('because it is a replica is told, and is over when the advised line was obeyed', async () => {
    await admin.replicaof('127.0.0.1', 1);
    expect(await found()).toMatchObject([
      {
        name: 'redis-refuses-lock',
        problem: expect.stringMatching(/: READONLY [^@]+\.$/) as string,
        command: 'redis-cli -u "$REDIS_URL" replicaof no one',
      },
    ]);
    await admin.replicaof('no', 'one');
    expect(await found()).toEqual([]);
  });

  it('because its memory is full is told, and is over when the advised line was obeyed', async () => {
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await admin.config('SET', 'maxmemory', '1');
    expect(await found()).toMatchObject([
      {
        name: 'redis-refuses-lock',
        problem: expect.stringMatching(/: OOM /) as string,
        command: 'redis-cli -u "$REDIS_URL" config set maxmemory 256mb',
      },
    ]);
    await admin.config('SET', 'maxmemory', '256mb');
    expect(await found()).toEqual([]);
  });

  it('because it is a cluster is told by name', async () => {
    const file = path.join(varDir, 'redis', 'redis.conf');
    await stack.supervisor.stop('redis');
    await writeFile(file, `${await readFile(file, 'utf8')}cluster-enabled yes\n`);
    await stack.supervisor.start('redis');
    expect(await eventually(found)).toMatchObject([
      { name: 'redis-refuses-lock', advice: expect.stringMatching(/^It is a cluster/) as string },
    ]);
  });
});

describe('a PostgreSQL that refuses writes', () => {
  it('because the database became read-only is told, and is over for new sessions alone', async () => {
    const database = await createProtectedDatabase();
    const limits = {
      DATABASE_CONNECTIONS_MAX: 4,
      DATABASE_CONNECT_TIMEOUT_MS: 10_000,
      DATABASE_STATEMENT_TIMEOUT_MS: 10_000,
    };
    // As the API's pool of reads, which goes on with a server that takes no writes.
    const pool = createPool(
      { DATABASE_URL: database.serviceUrl, ...limits },
      'wallet-test',
      () => undefined,
      'reads',
    );
    const set = (value: 'on' | 'off') =>
      withClient(inject('databaseUrl'), (client) =>
        client.query(
          `alter database ${nameOfDatabase(database.url)} set default_transaction_read_only = ${value}`,
        ),
      );
    const found = async () => findingsOf('postgres', await readPostgresFacts(pool, 'test-'));
    try {
      await set('on');
      expect(await found()).toMatchObject([
        {
          name: 'postgres-refuses-writes',
          advice: expect.stringContaining('set default_transaction_read_only to off') as string,
        },
      ]);
      await set('off');
      expect(await found()).toEqual([]);
    } finally {
      await pool.end();
      await database.drop();
    }
  });
});

describe('an index that refuses writes', () => {
  it.each([
    ['closed', 'POST', '_open"'],
    ['blocked', 'PUT', '_settings"'],
  ] as const)('because it is %s is told with the line that ends it', async (fault, method, end) => {
    const prefix = `test-${randomBytes(6).toString('hex')}-`;
    const index = `${prefix}wallets-000001`;
    const elasticsearch = createElasticsearch({
      ELASTICSEARCH_URL: inject('elasticsearchUrl'),
      ELASTICSEARCH_TIMEOUT_MS: 10_000,
    });
    const found = async () =>
      findingsOf('elasticsearch', await readElasticsearchFacts(elasticsearch, prefix)).filter(
        ({ name }) => name === 'elasticsearch-refuses-writes',
      );
    try {
      await elasticsearch.indices.create({ index });
      expect(await found()).toEqual([]);
      if (fault === 'closed') await elasticsearch.indices.close({ index });
      else
        await elasticsearch.indices.putSettings({
          index,
          settings: { 'index.blocks.read_only_allow_delete': true },
        });
      const [one] = await found();
      expect(one).toMatchObject({ subject: index });
      expect(one?.command).toContain(`-X ${method} "$ELASTICSEARCH_URL/${index}/${end}`);
    } finally {
      await elasticsearch.indices.delete({ index });
      await elasticsearch.close();
    }
  });
});
