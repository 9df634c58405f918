// Checks the answer to a command while PostgreSQL or the connection to it fails. Invariant: the answer never
// denies an effect that the command may have had, and no command takes effect twice. The database is real.
// Only the connection is cut, at named steps.
import { DatabaseError, type PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';

type Step = 'connect' | 'load' | 'append';
type Cut = 'before' | 'after' | undefined;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
/**
 * Called at each step of each attempt. It cuts before the statement is sent, after it was carried out, or not
 * at all.
 */
let cut: (step: Step, attempt: number) => Cut | Promise<Cut>;
let cutsMade: number;
let closePool: () => Promise<void>;

beforeEach(async () => {
  database = await createTestDatabase();
  cut = () => undefined;
  cutsMade = 0;
  start();
});
afterEach(async () => {
  await api.close();
  await closePool();
  await database.drop();
});

/** Without a cache each batch loads, so every step is met. */
function start(settings: Readonly<Record<string, string>> = {}): void {
  const noCache = { COMMAND_WALLETS_CACHED_MAX: '0' };
  const config = testConfig(database.url, { OUTCOME_WAIT_MAX_MS: '300', ...noCache, ...settings });
  const real = createPool(config, 'wallet-failures', () => undefined);
  let attempt = 0;
  closePool = () => real.end();
  api = createTestApi(config, {
    pool: {
      connect: async () => {
        attempt += 1;
        if ((await cut('connect', attempt)) !== undefined) throw lostConnection();
        return cutting(await real.connect(), attempt);
      },
    },
  });
}

/** Starts the API again with other settings. */
async function restart(settings: Readonly<Record<string, string>>): Promise<void> {
  await api.close();
  await closePool();
  start(settings);
}

function lostConnection(): Error {
  cutsMade += 1;
  return new Error('Connection terminated unexpectedly');
}

function cutting(client: PoolClient, attempt: number): PoolClient {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'query') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      return async (statement: { name: string }) => {
        const step = statement.name === 'load-batch' ? 'load' : 'append';
        const when = await cut(step, attempt);
        if (when === 'before') throw lostConnection();
        const result = await (target.query as (given: unknown) => Promise<unknown>).call(target, statement);
        if (when === 'after') throw lostConnection();
        return result;
      };
    },
  });
}

async function createWallet(): Promise<string> {
  expect((await post(api, '/wallets', { walletId: 'w', ownerId: 'o', initialBalance: 10 })).status).toBe(201);
  return 'w';
}

async function balanceIs(text: string): Promise<void> {
  expect((await get(api, '/wallets/w?consistency=strong')).text).toContain(`"balance":${text}`);
}

const credit = '{"amount":1}';

describe.each([
  ['a connection that is lost', '0'],
  ['a connection that is lost, with cached wallets', '100'],
])('%s', (_, cached) => {
  beforeEach(() => restart({ COMMAND_WALLETS_CACHED_MAX: cached }));

  it('after the append was carried out: the command is found by its record and answered as the first time', async () => {
    const id = await createWallet();
    let cutsLeft = 2;
    cut = (step) => (step === 'append' && (cutsLeft -= 1) >= 0 ? 'after' : undefined);
    const answer = await post(api, `/wallets/${id}/credit`, credit, { 'idempotency-key': 'k' });
    expect(answer).toMatchObject({ status: 200, body: { version: 2 } });
    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect(cutsMade).toBeGreaterThan(0);
    await balanceIs('11.00');
  });

  it('before the append was sent: the command runs again, once in effect', async () => {
    const id = await createWallet();
    let cutsLeft = 1;
    cut = (step) => (step === 'append' && (cutsLeft -= 1) >= 0 ? 'before' : undefined);
    expect(await post(api, `/wallets/${id}/credit`, credit)).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(cutsMade).toBe(1);
    await balanceIs('11.00');
  });

  it.each([
    ['for good', 'connect'],
    ['at every load', 'load'],
  ] as const)(
    'under the append and then %s: the outcome is unknown, and can be asked for',
    async (_, step) => {
      const id = await createWallet();
      let isFirst = true;
      cut = (at) => {
        if (isFirst && at === 'append') {
          isFirst = false;
          return 'after';
        }
        return !isFirst && at === step ? 'before' : undefined;
      };
      const answer = await post(api, `/wallets/${id}/credit`, credit, { 'idempotency-key': 'k' });
      expect(answer).toMatchObject({ status: 503, body: { code: 'OUTCOME_UNKNOWN' } });
      expect(answer.body.detail).toContain('It may have taken effect');
      cut = () => undefined;
      const asked = await get(api, `/commands/${String(answer.body.commandId)}`);
      expect(asked.body).toMatchObject({ outcome: 'committed', status: 200 });
      const again = await post(api, `/wallets/${id}/credit`, credit, { 'idempotency-key': 'k' });
      expect(again).toMatchObject({ status: 200, body: { version: 2 } });
      expect(again.headers.get('idempotent-replayed')).toBe('true');
      await balanceIs('11.00');
    },
  );

  it('for every command of a batch is not forgotten when the batch runs again', async () => {
    const id = await createWallet();
    let isFirst = true;
    cut = (step) => {
      if (step === 'append' && isFirst) {
        isFirst = false;
        return 'after';
      }
      return isFirst ? undefined : 'before';
    };
    const answers = await Promise.all(
      [1, 2, 3].map((n) => post(api, `/wallets/${id}/credit`, credit, { 'idempotency-key': `k${n}` })),
    );
    expect(answers.map(({ body }) => body.code)).toEqual(Array(3).fill('OUTCOME_UNKNOWN'));
    await balanceIs('13.00');
  });

  it('before anything was sent: the database is unavailable, and nothing has changed', async () => {
    const id = await createWallet();
    cut = (step) => (step === 'connect' ? 'before' : undefined);
    const answer = await post(api, `/wallets/${id}/credit`, credit);
    expect(answer).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    expect(answer.body.detail).toContain('had no effect');
    expect(answer.headers.get('retry-after')).not.toBeNull();
    cut = () => undefined;
    await balanceIs('10.00');
  });
});

it.each([
  ['a credit', credit, 200],
  ['a refused debit', '{"amount":99}', 422],
])(
  'a fence that moves under %s is loaded again, as often as it moves, and is no lost race',
  async (_, body, status) => {
    await restart({ COMMAND_ATTEMPTS_MAX: '1', OUTCOME_WAIT_MAX_MS: '10000' });
    const id = await createWallet();
    let moves = 5;
    cut = async (step) => {
      if (step !== 'append' || moves === 0) return undefined;
      moves -= 1;
      await api.pool.query('update log_head set fence = fence + 1');
      return undefined;
    };
    const path = `/wallets/${id}/${status === 200 ? 'credit' : 'debit'}`;
    expect((await post(api, path, body, { 'idempotency-key': 'k' })).status).toBe(status);
    expect(moves).toBe(0);
    expect(api.counted.conflicts).toBe(0);
    await balanceIs(status === 200 ? '11.00' : '10.00');
  },
);

describe('two processes that loaded the same wallet', () => {
  /**
   * The other process gets this request and answers it after our process has decided, but before ours sends
   * its append. If `fate` is given, our process also loses its connection before the append.
   */
  async function overtakenBy(
    path: string,
    body: string,
    headers: Record<string, string> = {},
    fate?: 'before',
  ) {
    const other = createTestApi(testConfig(database.url));
    const first = Promise.withResolvers<Awaited<ReturnType<typeof post>>>();
    let wasOvertaken = false;
    cut = async (step) => {
      if (step === 'append' && !wasOvertaken) {
        wasOvertaken = true;
        first.resolve(await post(other, path, body, headers));
        return fate;
      }
      return undefined;
    };
    const answer = await post(api, path, body, headers);
    const overtaking = await first.promise;
    await other.close();
    return { answer, overtaking };
  }

  it('count both commands: the slower one finds the version taken and decides again', async () => {
    const id = await createWallet();
    const { answer, overtaking } = await overtakenBy(`/wallets/${id}/credit`, credit);
    expect(overtaking).toMatchObject({ status: 200, body: { version: 2 } });
    expect(answer).toMatchObject({ status: 200, body: { version: 3 } });
    await balanceIs('12.00');
  });

  it('count both commands by the version of the wallet alone, as in a log of several parts', async () => {
    await api.pool.query('alter table events_s1 drop constraint events_s1_wallet_version');
    const id = await createWallet();
    const { answer, overtaking } = await overtakenBy(`/wallets/${id}/credit`, credit);
    expect(overtaking).toMatchObject({ status: 200, body: { version: 2 } });
    expect(answer).toMatchObject({ status: 200, body: { version: 3 } });
    await balanceIs('12.00');
  });

  it('give one answer to a command that reached both: the slower one finds its record', async () => {
    const id = await createWallet();
    const key = { 'idempotency-key': 'both' };
    const { answer, overtaking } = await overtakenBy(`/wallets/${id}/debit`, '{"amount":99}', key);
    expect(overtaking.status).toBe(422);
    expect(answer.text).toBe(overtaking.text);
  });

  it('do not both count as the first to answer it, even if the slower one lost its connection in between', async () => {
    const id = await createWallet();
    const key = { 'idempotency-key': 'both' };
    const { answer, overtaking } = await overtakenBy(`/wallets/${id}/credit`, credit, key, 'before');
    expect(overtaking).toMatchObject({ status: 200, body: { version: 2 } });
    expect(overtaking.headers.get('idempotent-replayed')).toBeNull();
    expect(answer.text).toBe(overtaking.text);
    expect(answer.headers.get('idempotent-replayed')).toBe('true');
  });
});

describe('a connection that is lost under a transfer', () => {
  it.each([
    ['before', 0],
    ['after', 2],
  ] as const)('%s its statement leaves %i of its two events, never one', async (when, left) => {
    const from = await createWallet();
    await post(api, '/wallets', { walletId: 'to', ownerId: 'o', initialBalance: 0 });
    let wasCut = false;
    cut = (step) => {
      if (wasCut) return step === 'connect' ? 'before' : undefined;
      if (step !== 'append') return undefined;
      wasCut = true;
      return when;
    };
    const answer = await post(api, `/wallets/${from}/transfer`, '{"toWalletId":"to","amount":1}');
    expect(answer).toMatchObject({ status: 503, body: { code: 'OUTCOME_UNKNOWN' } });
    const { rowCount } = await api.pool.query("select from events where type like 'Transfer%'");
    expect(rowCount).toBe(left);
    const { rows } = await api.pool.query('select sum(balance_minor)::text as total from wallets');
    expect(rows).toEqual([{ total: '1000' }]);
  });
});

describe('a database that does not take the append in time', () => {
  it('refuses the whole batch at once with 503, and nothing has changed', async () => {
    // A statement that is not blocked ends within these limits, and a batch may wait for a blocked one.
    const bounds = { DATABASE_STATEMENT_TIMEOUT_MS: '2000', COMMAND_QUEUE_TIME_MAX_MS: '30000' };
    await restart({ ...bounds, LOCK_TTL_MS: '5000' });
    const id = await createWallet();
    const blocker = await api.pool.connect();
    try {
      await blocker.query('begin');
      await blocker.query('select position from log_head for update');
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(api, `/wallets/${id}/credit`, credit)));
      expect(answers.map(({ body }) => body.code)).toEqual(Array(4).fill('DATABASE_UNAVAILABLE'));
      // One attempt for the batch, or two if its commands came in two batches, but never one for each
      // command.
      expect(api.counted.failures).toBeLessThanOrEqual(2);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    await balanceIs('10.00');
    expect(await post(api, `/wallets/${id}/credit`, credit)).toMatchObject({ status: 200 });
  });
});

describe('a command that can not be stored', () => {
  // After this time a batch is no longer split. A machine may pause for longer than 300 ms.
  beforeEach(() => restart({ OUTCOME_WAIT_MAX_MS: '30000' }));

  it('fails alone: the others of its batch are committed', async () => {
    const id = await createWallet();
    await api.pool.query(`
      create function refuse_poison() returns trigger language plpgsql as $$
      begin
        if new.description = 'poison' then raise exception 'poison'; end if;
        return new;
      end $$;
      create trigger refuse_poison before insert on events for each row execute function refuse_poison()`);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        post(api, `/wallets/${id}/credit`, { amount: 1, description: index === 13 ? 'poison' : 'fine' }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(29);
    expect(answers[13]).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
    await balanceIs('39.00');
  });
});

describe('a wallet that can not be decided about', () => {
  it('fails its own commands alone: it may be one that only a newer release understands', async () => {
    const id = await createWallet();
    await post(api, '/wallets', { walletId: 'newer', ownerId: 'o', initialBalance: 1 });
    await api.pool.query("update wallets set currency = 'ZZZ' where id = 'newer'");
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        post(api, `/wallets/${index === 13 ? 'newer' : id}/credit`, { amount: 1 }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(29);
    expect(answers[13]).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
  });
});

describe('a log without its head', () => {
  it('acknowledges nothing: every insert reads the head, and the statement succeeds without it', async () => {
    await changeLog(api.pool, 'delete from log_head');
    const answer = await post(api, '/wallets', { walletId: 'lost', ownerId: 'o' });
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL_ERROR' } });
  });
});

describe('the log while many write and some are ended', () => {
  it('shows a reader that asks for the events after its last position all of them, in order, without a gap', async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        await post(api, '/wallets', { walletId: `r-${index}`, ownerId: 'o', initialBalance: 1 });
        return `r-${index}`;
      }),
    );
    const writing = { isOver: false };
    let aborts = 0;
    // Database transactions that raise the head and are rolled back. They endanger a reader that relies on
    // the head.
    const aborting = (async () => {
      for (; aborts < 50; aborts += 1) {
        const client = await api.pool.connect();
        await client.query('begin');
        await client.query('update log_head set position = position + 5');
        await client.query('rollback');
        client.release();
      }
    })();
    const seen: number[] = [];
    const reading = (async () => {
      let last = 0;
      for (;;) {
        const wasOver = writing.isOver;
        const { rows } = await api.pool.query<{ position: string }>(
          'select position from events where position > $1::bigint order by position',
          [last],
        );
        for (const { position } of rows) seen.push(Number(position));
        last = seen.at(-1) ?? 0;
        if (rows.length === 0 && wasOver) return;
      }
    })();
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        post(api, `/wallets/${String(ids[index % 8])}/credit`, credit),
      ),
    );
    await aborting;
    writing.isOver = true;
    await reading;
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(aborts).toBe(50);
    expect(seen).toEqual(Array.from({ length: 308 }, (_, index) => index + 1));
  });
});

describe('errors of PostgreSQL', () => {
  it('are real ones: the driver gives them a class and a code', async () => {
    const failed = await api.pool.query('select 1 / 0').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DatabaseError);
    expect(await eventually(async () => (await api.pool.query('select 1')).rowCount === 1)).toBe(true);
  });
});
