// The append on real sessions: what it writes at each level, and what it refuses. A batch that waits for the
// head of the log has an old snapshot, so the races here all happen during that wait.
import { randomUUID } from 'node:crypto';
import { type Pool, type PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { movementIn } from '../../../src/api/wallets/walletAnswer.ts';
import { noKeys } from '../../../src/domain/state.ts';
import { accepted } from '../../../src/domain/decide/decision.ts';
import { appendBatch, prepareBatch, type PreparedBatch } from '../../../src/eventStore/appendBatch.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { failureOf } from '../../../src/eventStore/databaseFailure.ts';
import { decodeEvent } from '../../../src/eventStore/eventCodec.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import { loadBatch } from '../../../src/eventStore/loadBatch.ts';
import { acceptedOutcome, decodeOutcome, encodeOutcome } from '../../../src/eventStore/outcomeCodec.ts';
import { readStream } from '../../../src/eventStore/read/readEvents.ts';
import { testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { nothingElse } from '../../support/appendEvents.ts';
import { type Given, prepared, untilItWaits } from '../../support/preparedBatch.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let first: PoolClient;
let second: PoolClient;
let walletId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-append-test', () => undefined, 'commands');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(async () => {
  [first, second] = await Promise.all([pool.connect(), pool.connect()]);
  walletId = randomUUID();
  await appendBatch(first, await prepared(first, [create()]));
});
afterEach(() => {
  first.release();
  second.release();
});

const create = (id = walletId): Given => ({
  command: { type: 'CreateWallet', walletId: id, ownerId: 'o', currency: 'EUR', initialBalance: '10' },
});
const move = (type: 'CreditWallet' | 'DebitWallet', amount: string): Given => ({
  command: { type, walletId, amount, description: 'said "so"', expectedVersions: undefined },
});
const credit = () => move('CreditWallet', '1');
/** Refused, and remembered. */
const debitTooMuch = () => move('DebitWallet', '99');

const countOf = async () =>
  (
    await pool.query<Record<string, string>>(
      `select (select position from log_head) as head, (select count(*) from events) as events,
              (select count(*) from outbox) as outbox, (select count(*) from idempotency_keys) as records,
              (select coalesce(sum(balance_minor), 0) from wallets) as balance`,
    )
  ).rows[0];

/** Appends `batch` on the second session while the first one holds the head, and commits `meanwhile`. */
async function whileItWaits(batch: PreparedBatch, meanwhile: () => Promise<unknown>): Promise<unknown> {
  await first.query('begin');
  await first.query('select from log_head for update');
  const outcome = appendBatch(second, batch).then(
    () => 'written',
    (error: unknown) => error,
  );
  await untilItWaits(pool, second);
  await meanwhile();
  await first.query('commit');
  return outcome;
}

describe.each([
  ['below the level of compact events', levels.compactEvents - 1, false],
  ['at the level of compact events', levels.compactEvents, true],
])('%s', (_, level, compact) => {
  beforeEach(() => changeLog(pool, `update log_head set level = ${level}`));

  it('an event is written in one form, and read as it was decided', async () => {
    const correlationId = randomUUID();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await appendBatch(first, await prepared(first, [{ ...credit(), correlationId, traceparent }]));
    await appendBatch(first, await prepared(first, [{ ...credit(), correlationId: 'said by a caller' }]));
    const { rows } = await pool.query(
      `select data is null and metadata is null as compact, balance_minor is not null as has_columns,
              coalesce(correlation_id::text, extra ->> 'correlationId', metadata ->> 'correlationId') as correlation,
              coalesce(traceparent, metadata ->> 'traceparent') as traceparent
         from events where wallet_id = $1::text and version > 1 order by version`,
      [walletId],
    );
    expect(rows).toEqual([
      { compact, has_columns: compact, correlation: correlationId, traceparent },
      { compact, has_columns: compact, correlation: 'said by a caller', traceparent: null },
    ]);
    const events = (await readStream(pool, walletId, 1, 10)).map(decodeEvent);
    expect(events.map(({ event }) => event)).toEqual([
      {
        type: 'WalletCredited',
        currency: 'EUR',
        amountMinor: 100n,
        balanceMinor: 1100n,
        description: 'said "so"',
      },
      {
        type: 'WalletCredited',
        currency: 'EUR',
        amountMinor: 100n,
        balanceMinor: 1200n,
        description: 'said "so"',
      },
    ]);
  });

  it('several events of one command on one wallet are written, each after the one before', async () => {
    const loaded = await loadBatch(first, { ...noKeys, wallets: [walletId] }, []);
    const moved = { currency: 'EUR', description: '' };
    const decision = accepted(
      loaded.state,
      [
        [walletId, { type: 'WalletCredited', amountMinor: 500n, balanceMinor: 1500n, ...moved }],
        [walletId, { type: 'WalletDebited', amountMinor: 1200n, balanceMinor: 300n, ...moved }],
      ],
      loaded.now,
    );
    if (!('accepted' in decision)) throw new Error('not accepted');
    const { changes, events } = decision.accepted;
    const outcome = acceptedOutcome('DebitWallet', decision.accepted, levelMax);
    expect(movementIn(outcome)).toEqual({ walletId, version: 2 });
    expect(decodeOutcome(true, encodeOutcome(outcome), null)).toEqual(outcome);
    const metadata = { commandId: randomUUID(), correlationId: randomUUID() };
    const batch = {
      ...nothingElse,
      wallets: [...changes.wallets.values()],
      events: events.map((event) => ({ ...event, metadata })),
    };
    await appendBatch(first, prepareBatch(batch, loaded, randomUUID()));
    const stored = (await readStream(pool, walletId, 1, 10)).map(decodeEvent);
    expect(stored.map(({ version, event }) => [version, event.type, event.balanceMinor])).toEqual([
      [2, 'WalletCredited', 1500n],
      [3, 'WalletDebited', 300n],
    ]);
    const again = await loadBatch(first, { ...noKeys, wallets: [walletId] }, []);
    expect(again.state.wallets.get(walletId)).toMatchObject({ version: 3, balanceMinor: 300n });
  });

  it('a wallet that another process changed refuses the batch, and nothing is written', async () => {
    const batch = await prepared(second, [credit()]);
    const other = await prepared(first, [credit()]);
    const outcome = await whileItWaits(batch, () => appendBatch(first, other));
    expect(outcome).toMatchObject({ code: '23505', constraint: 'wallet_heads' });
    expect(failureOf(outcome)).toEqual({ kind: 'conflict' });
  });
});

it('a wallet that another process created refuses the batch', async () => {
  const id = randomUUID();
  const batch = await prepared(second, [create(id)]);
  const other = await prepared(first, [create(id)]);
  const outcome = await whileItWaits(batch, () => appendBatch(first, other));
  expect(outcome).toMatchObject({ code: '23505', constraint: 'wallets_pkey' });
  expect(failureOf(outcome)).toEqual({ kind: 'conflict' });
});

it('a wallet that was removed meanwhile refuses the batch', async () => {
  const batch = await prepared(second, [credit()]);
  const outcome = await whileItWaits(batch, () =>
    first.query('delete from wallets where id = $1::text', [walletId]),
  );
  expect(outcome).toMatchObject({ code: '23505', constraint: 'wallet_heads' });
});

describe.each([
  ['credits', credit],
  ['refusals', debitTooMuch],
])('%s', (_, given) => {
  it('are written under a fence that another batch loaded too', async () => {
    const before = await countOf();
    await appendBatch(first, await prepared(first, [given()]));
    expect(Number((await countOf())?.records)).toBe(Number(before?.records) + 1);
  });

  it('are refused in words if the log has no head', async () => {
    const batch = await prepared(first, [given()]);
    await changeLog(pool, 'create table if not exists head as select * from log_head');
    await changeLog(pool, 'delete from log_head');
    await expect(appendBatch(first, batch)).rejects.toThrow('log_head has no row');
    await pool.query('insert into log_head select * from head');
    await pool.query('drop table head');
  });
});

it.each([
  ['credits', credit],
  ['refusals', debitTooMuch],
])('a fence that moves while a batch waits refuses %s, and nothing is written', async (_, given) => {
  const batch = await prepared(second, [given()]);
  const before = await countOf();
  const outcome = await whileItWaits(batch, () => first.query('update log_head set fence = fence + 1'));
  expect(outcome).toMatchObject({ name: 'FenceMovedError' });
  expect(failureOf(outcome)).toEqual({ kind: 'fenced' });
  expect(await countOf()).toEqual(before);
});

it('a batch of refusals holds the fence until it is committed', async () => {
  const batch = await prepared(first, [debitTooMuch()]);
  await first.query('begin');
  await appendBatch(first, batch);
  await expect(pool.query('select from log_head for update nowait')).rejects.toMatchObject({ code: '55P03' });
  await first.query('rollback');
});
