// Every way in which a role, a database, a URL, a pooler or a server can change a session. Each either works,
// with the session that the code relies on, or is refused by name.
import { Client, type Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/config/configError.ts';
import { connectForMigration, createPool } from '../../../src/eventStore/database.ts';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import {
  assertServerFit,
  type DatabaseUse,
  readServerProblems,
  rightsOf,
} from '../../../src/eventStore/serverFacts.ts';
import { sessionSettings } from '../../../src/eventStore/session.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/ownPostgres.ts';
import { startPooler } from '../../support/pooler.ts';

const statementTimeoutMs = 7_000;
const password = 'wallet';

let server: OwnPostgres;
let admin: Client;
const pools: Pool[] = [];

beforeAll(async () => {
  server = await startOwnPostgres('session-test');
  await withClient(server.url, migrate);
  await connectAdmin();
  // `service` has rights and is no superuser, as a deployment should have it.
  await admin.query(`create role service login password '${password}'`);
  await admin.query('grant select, insert, update, delete on all tables in schema public to service');
  await admin.query('grant execute on all functions in schema public to service');
});

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end()));
});

afterAll(async () => {
  await admin.end();
  await server.close();
});

async function connectAdmin(): Promise<void> {
  // Without the defaults that the tests give to its database and role.
  admin = new Client({ connectionString: server.url, statement_timeout: 60_000 });
  await admin.connect();
  await admin.query('set transaction_timeout = 0');
}

function urlOf(role: string, parameters: Readonly<Record<string, string>> = {}, base = server.url): string {
  const url = new URL(base);
  url.username = role;
  url.password = password;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

function poolOf(url: string, use: DatabaseUse = 'commands'): Pool {
  const config = {
    DATABASE_URL: url,
    DATABASE_CONNECTIONS_MAX: 2,
    DATABASE_CONNECT_TIMEOUT_MS: 10_000,
    DATABASE_STATEMENT_TIMEOUT_MS: statementTimeoutMs,
  };
  const pool = createPool(config, 'wallet-session-test', () => undefined, use);
  pools.push(pool);
  return pool;
}

/** The settings of a new session, as the service gets it. */
async function sessionOf(url: string, use?: DatabaseUse): Promise<Record<string, string>> {
  const { rows } = await poolOf(url, use).query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
      union all
     select 'wallet.change_log', coalesce(nullif(current_setting('wallet.change_log', true), ''), 'off')`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

async function problemOf(url: string, use?: DatabaseUse): Promise<string> {
  const error = await poolOf(url, use)
    .query('select 1')
    .then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
  // The callers answer 503 and try again.
  if (error !== undefined) expect(isDatabaseUnavailable(error)).toBe(true);
  return error?.message ?? 'it works';
}

/** A value for each setting that would break the code, or remove a bound. */
const spoilt: Readonly<Record<string, string>> = {
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '20s',
  transaction_timeout: '20s',
  client_encoding: 'LATIN1',
  DateStyle: 'German',
  IntervalStyle: 'iso_8601',
  TimeZone: 'Pacific/Chatham',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  row_security: 'on',
  'wallet.change_log': 'on',
  plan_cache_mode: 'force_custom_plan',
  enable_seqscan: 'on',
  synchronous_commit: 'off',
  search_path: 'pg_catalog, public',
};

describe('every setting of a session', () => {
  const names = [...Object.keys(sessionSettings(statementTimeoutMs)), 'synchronous_commit', 'search_path'];
  let right: Record<string, string>;
  beforeAll(async () => {
    right = await sessionOf(urlOf('service'));
  });

  it('has a spoilt value in this test', () => {
    expect(Object.keys(spoilt).sort()).toEqual(names.sort());
    expect(right).toMatchObject({
      statement_timeout: String(statementTimeoutMs),
      lock_timeout: String(statementTimeoutMs),
      idle_in_transaction_session_timeout: '10000',
      synchronous_commit: 'on',
      search_path: 'public, pg_temp',
    });
  });

  const setters: Readonly<Record<string, (name: string, value: string) => Promise<string>>> = {
    'of the role': async (name, value) => {
      await admin.query(`alter role service set ${name} = ${quoted(name, value)}`);
      return urlOf('service');
    },
    'of the database': async (name, value) => {
      await admin.query(`alter database wallet set ${name} = ${quoted(name, value)}`);
      return urlOf('service');
    },
    'of the options in the URL': (name, value) =>
      Promise.resolve(urlOf('service', { options: `-c ${name}=${value.replaceAll(' ', '\\ ')}` })),
  };
  for (const [place, setTo] of Object.entries(setters)) {
    it(`${place} can be anything: the session is the same`, async () => {
      for (const [name, value] of Object.entries(spoilt)) {
        const session = await sessionOf(await setTo(name, value));
        await admin.query('alter role service reset all');
        await admin.query('alter database wallet reset all');
        for (const each of names) expect([name, each, session[each]]).toEqual([name, each, right[each]]);
      }
    });
  }

  it('can be that of the environment, and the session is the same', async () => {
    process.env.PGOPTIONS = '-c statement_timeout=0 -c DateStyle=German';
    try {
      const session = await sessionOf(urlOf('service'));
      for (const name of names) expect([name, session[name]]).toEqual([name, right[name]]);
    } finally {
      delete process.env.PGOPTIONS;
    }
  });

  it('of a migration is the same, without its bounds', async () => {
    await admin.query("alter role wallet set statement_timeout = '5s'");
    const config = { ...readConfig({}), DATABASE_URL: server.url };
    const client = await connectForMigration(config);
    try {
      const { rows } = await client.query('show statement_timeout');
      expect(rows).toEqual([{ statement_timeout: '0' }]);
    } finally {
      await client.end();
      await admin.query('alter role wallet reset all');
    }
  });

  it('keeps a synchronous_commit that is stronger than the default', async () => {
    await admin.query('alter role service set synchronous_commit = remote_apply');
    const session = await sessionOf(urlOf('service'));
    await admin.query('alter role service reset all');
    expect(session.synchronous_commit).toBe('remote_apply');
  });
});

function quoted(name: string, value: string): string {
  return name === 'search_path' ? value : `'${value}'`;
}

describe('a parameter of the URL that the service sets itself', () => {
  it.each([
    'statement_timeout',
    'lock_timeout',
    'idle_in_transaction_session_timeout',
    'query_timeout',
    'client_encoding',
    'application_name',
    'replication',
    'binary',
  ])('is refused by name, without the password: %s', (name) => {
    const read = () => readConfig({ DATABASE_URL: urlOf('service', { sslmode: 'disable', [name]: '0' }) });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(name);
    expect(read).not.toThrow(`:${password}@`);
  });
});

describe('a pooler', () => {
  it('that drops start-up parameters changes nothing', async () => {
    const pooler = await startPooler({
      databaseUrl: urlOf('service'),
      mode: 'session',
      sessionsMax: 4,
      reset: true,
    });
    try {
      // The second time around, each session has been used before.
      for (const use of ['commands', 'reads', 'commands'] as const) {
        const session = await sessionOf(urlOf('service', {}, pooler.url), use);
        expect(session.statement_timeout).toBe(String(statementTimeoutMs));
        await pools.pop()?.end();
      }
    } finally {
      await Promise.all(pools.splice(0).map((pool) => pool.end()));
      await pooler.close();
    }
  });

  it('with one session for several clients is refused by name', async () => {
    const pooler = await startPooler({ databaseUrl: urlOf('service'), mode: 'transaction', sessionsMax: 3 });
    expect(await problemOf(pooler.url)).toContain(
      'a pooler shares sessions between clients (two connections have the same session): set pool_mode=session',
    );
    expect(await problemOf(pooler.url)).toContain('this session was used by another client before');
    await pooler.close();
  });

  it('that passes a session on with its settings is refused by name', async () => {
    const pooler = await startPooler({ databaseUrl: urlOf('service'), mode: 'session', sessionsMax: 1 });
    expect(await problemOf(pooler.url)).toBe('it works');
    await pools.pop()?.end();
    expect(await problemOf(pooler.url)).toContain('server_reset_query=DISCARD ALL');
    await pooler.close();
  });
});

describe('a server that would lose or refuse what is written', () => {
  /** Each change, how to undo it, and what is said about it. */
  const changes: readonly (readonly [change: string, undo: string, problem: string])[] = [
    ['alter system set fsync = off', 'alter system reset fsync', 'fsync is off: set it to on'],
    [
      'alter system set full_page_writes = off',
      'alter system reset full_page_writes',
      'full_page_writes is off: set it to on',
    ],
    [
      'alter system set default_transaction_read_only = on',
      'alter system reset default_transaction_read_only',
      'the session is read-only: set default_transaction_read_only to off',
    ],
    [
      'alter database wallet set default_transaction_read_only = on',
      'set default_transaction_read_only = off; alter database wallet reset all',
      'the session is read-only',
    ],
    [
      'alter role service set default_transaction_read_only = on',
      'alter role service reset all',
      'the session is read-only',
    ],
    [
      'alter role service set session_replication_role = replica',
      'alter role service reset all',
      'session_replication_role is replica: set it to origin',
    ],
    [
      'alter role service set zero_damaged_pages = on',
      'alter role service reset all',
      'zero_damaged_pages is on: set it to off',
    ],
    [
      'alter role service set ignore_checksum_failure = on',
      'alter role service reset all',
      'ignore_checksum_failure is on: set it to off',
    ],
    ...['events_s1', 'idempotency_keys_g0', 'log_head', 'outbox_rows_s1', 'wallets'].map(
      (table) =>
        [
          `alter table ${table} set unlogged`,
          `alter table ${table} set logged`,
          `table ${table} is unlogged: run "alter table ${table} set logged"`,
        ] as const,
    ),
  ];

  it.each(changes)('is refused by name, and reads go on: %s', async (change, undo, problem) => {
    await admin.query(change);
    await reload();
    try {
      for (const use of ['commands', 'projections'] as const)
        expect(await problemOf(urlOf('service'), use)).toContain(problem);
      expect(await problemOf(urlOf('service'), 'reads')).toBe('it works');
    } finally {
      for (const statement of undo.split('; ')) await admin.query(statement);
      await reload();
    }
    expect(await problemOf(urlOf('service'))).toBe('it works');
  });

  it('is noticed by readiness at once, and its session at the next connect', async () => {
    const pool = poolOf(urlOf('service'));
    await assertServerFit(pool, 'commands');
    const held = await pool.connect();
    await admin.query('alter system set full_page_writes = off');
    await reload();
    await expect(readServerProblems(held, 'commands')).resolves.toHaveLength(1);
    held.release(true);
    await expect(pool.query('select 1').then(({ rowCount }) => rowCount)).rejects.toThrow(
      'full_page_writes is off',
    );
    // The session that failed its check was not given back.
    expect(pool.totalCount).toBe(0);
    await admin.query('alter system reset full_page_writes');
    await reload();
    expect((await pool.query('select 1')).rowCount).toBe(1);
  });

  it('is refused by name if it is a standby, and reads go on', async () => {
    await admin.end();
    await server.restartAs('standby');
    const problem = await problemOf(urlOf('service'));
    const ofReads = await problemOf(urlOf('service'), 'reads');
    await server.restartAs('primary');
    await connectAdmin();
    expect(problem).toContain('the server is a standby: connect to the primary');
    expect(ofReads).toBe('it works');
  });

  it.each(['SQL_ASCII', 'LATIN1'])('is refused by name if its encoding is %s', async (encoding) => {
    await admin.query(`create database other encoding '${encoding}' template template0`);
    const url = new URL(urlOf('service'));
    url.pathname = '/other';
    expect(await problemOf(url.href)).toContain(`encoding is ${encoding}: create it with encoding UTF8`);
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
    await admin.query('drop database other with (force)');
  });

  /** Applies to this session and, once the postmaster has read it, to new ones. */
  async function reload(): Promise<void> {
    const loadedAt = () =>
      withClient(server.url, async (client) => {
        const { rows } = await client.query<{ at: string }>('select pg_conf_load_time()::text as at');
        return rows[0]?.at;
      });
    const before = await loadedAt();
    await admin.query('select pg_reload_conf()');
    await expect.poll(loadedAt, { timeout: 20_000 }).not.toBe(before);
  }
});

describe('a missing right', () => {
  const rights = (['reads', 'commands', 'projections'] as const).flatMap((use) =>
    Object.entries(rightsOf[use]).flatMap(([table, names]) => names.map((right) => ({ use, table, right }))),
  );

  it('is named, whichever of them it is', async () => {
    const client = new Client({ connectionString: urlOf('service') });
    await client.connect();
    try {
      for (const { use, table, right } of rights) {
        await admin.query(`revoke ${right} on ${table} from service`);
        const problems = await readServerProblems(client, use);
        await admin.query(`grant ${right} on ${table} to service`);
        expect(problems).toEqual([`the role lacks rights: grant ${right} on ${table}`]);
      }
    } finally {
      await client.end();
    }
  });

  it.each([
    ['commands', 'assert_wallet_heads(bigint, bigint)'],
    ['projections', 'assert_ledger_balanced()'],
  ] as const)('to call a function is named, for %s', async (use, signature) => {
    const client = new Client({ connectionString: urlOf('service') });
    await client.connect();
    try {
      await admin.query(`revoke execute on function ${signature} from public, service`);
      const problems = await readServerProblems(client, use);
      expect(problems).toEqual([`the role lacks rights: grant execute on function ${signature}`]);
    } finally {
      await admin.query(`grant execute on function ${signature} to public, service`);
      await client.end();
    }
  });

  it('keeps a session from being used', async () => {
    await admin.query('revoke insert on events from service');
    const problem = await problemOf(urlOf('service'));
    await admin.query('grant insert on events to service');
    expect(problem).toContain('the role lacks rights: grant insert on events');
  });
});
