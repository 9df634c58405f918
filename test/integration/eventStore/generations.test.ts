// Generations of idempotency records on real sessions. One key is used around a switch, batches wait while
// the generation changes, and the release before writes too.
import { randomUUID } from 'node:crypto';
import { type Pool, type PoolClient } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinKeys } from '../../../src/domain/state.ts';
import { appendBatch } from '../../../src/eventStore/appendBatch.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { failureOf } from '../../../src/eventStore/databaseFailure.ts';
import {
  dropGeneration,
  makeGeneration,
  readGenerations,
  switchGeneration,
} from '../../../src/eventStore/generations.ts';
import { loadBatch } from '../../../src/eventStore/loadBatch.ts';
import { readRecords } from '../../../src/eventStore/read/readRecord.ts';
import { createTestApi, post, testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { type Given, prepared, untilItWaits } from '../../support/preparedBatch.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;
let switcher: PoolClient;
let session: PoolClient;
const wallets = [randomUUID(), randomUUID()] as const;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-generations-test', () => undefined, 'projections');
  [switcher, session] = await Promise.all([pool.connect(), pool.connect()]);
  await appendBatch(session, await prepared(session, wallets.map(create)));
});
afterEach(async () => {
  switcher.release();
  session.release();
  await pool.end();
  await database.drop();
});

const create = (walletId: string): Given => ({
  command: { type: 'CreateWallet', walletId, ownerId: 'o', currency: 'EUR', initialBalance: '10' },
});
const move = (type: 'CreditWallet' | 'DebitWallet', walletId: string, amount: string): Given => ({
  command: { type, walletId, amount, description: '', expectedVersions: undefined },
});
const credit = (walletId: string = wallets[0]) => move('CreditWallet', walletId, '1');
/** Refused, and remembered. */
const debitTooMuch = (walletId: string = wallets[0]) => move('DebitWallet', walletId, '99');

/** The generations that hold a record of this command. */
async function generationsOf(commandId: string): Promise<readonly number[]> {
  const { rows } = await pool.query<{ generation: number }>(
    'select generation from idempotency_keys where command_id = $1::uuid order by generation',
    [commandId],
  );
  return rows.map(({ generation }) => generation);
}

async function switchTo(generation: number): Promise<void> {
  await makeGeneration(pool, generation);
  expect(await switchGeneration(pool, generation)).toBe(true);
}

/**
 * Runs `work` while a switch to this generation holds the log, and ends the switch once `work` waits for it.
 */
async function whileSwitching<T>(generation: number, work: () => Promise<T>): Promise<T | Error> {
  await makeGeneration(pool, generation);
  await switcher.query('begin');
  await switcher.query('select switch_command_generation($1::integer)', [generation]);
  const outcome = work().catch((error: unknown) => error as Error);
  await untilItWaits(pool, session);
  await switcher.query('commit');
  return outcome;
}

describe.each([
  ['credits', credit],
  ['refusals', debitTooMuch],
])('a batch of %s', (_, given) => {
  it('that waits while the generation changes writes nothing, and goes into the new one afterwards', async () => {
    const commandId = randomUUID();
    const batch = await prepared(session, [{ ...given(), commandId }]);
    const outcome = await whileSwitching(1, () => appendBatch(session, batch));
    expect(outcome).toMatchObject({ name: 'FenceMovedError' });
    expect(failureOf(outcome)).toEqual({ kind: 'fenced' });
    expect(await generationsOf(commandId)).toEqual([]);
    await appendBatch(session, await prepared(session, [{ ...given(), commandId }]));
    expect(await generationsOf(commandId)).toEqual([1]);
  });

  it('with a key that another process used before the switch is refused, and then finds its record', async () => {
    const commandId = randomUUID();
    // Two wallets, so the record alone tells that the key was used.
    const batch = await prepared(session, [{ ...given(wallets[1]), commandId }]);
    await appendBatch(switcher, await prepared(switcher, [{ ...given(wallets[0]), commandId }]));
    await switchTo(1);
    await expect(appendBatch(session, batch)).rejects.toThrow('the fence of the log was moved');
    const { answered } = await loadBatch(session, joinKeys([]), [commandId]);
    expect([...answered.keys()]).toEqual([commandId]);
    expect(await generationsOf(commandId)).toEqual([0]);
  });

  it('goes where the head of the log says, although the clock says another generation', async () => {
    await switchTo(1);
    await pool.query(
      "update command_generations set began_at = now() + interval '1 hour' where generation = 1",
    );
    const commandId = randomUUID();
    await appendBatch(session, await prepared(session, [{ ...given(), commandId }]));
    expect(await generationsOf(commandId)).toEqual([1]);
  });

  it('with the same key under the same fence meets the record in its primary key', async () => {
    await switchTo(1);
    const commandId = randomUUID();
    const batch = await prepared(session, [{ ...given(wallets[1]), commandId }]);
    await appendBatch(switcher, await prepared(switcher, [{ ...given(wallets[0]), commandId }]));
    const outcome = await appendBatch(session, batch).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ code: '23505', constraint: 'idempotency_keys_pkey' });
    expect(failureOf(outcome)).toEqual({ kind: 'conflict' });
  });
});

it('records of every generation are found until theirs is dropped', async () => {
  const ids = [randomUUID(), randomUUID(), randomUUID()];
  for (const [generation, commandId] of ids.entries()) {
    if (generation > 0) await switchTo(generation);
    await appendBatch(session, await prepared(session, [{ ...credit(), commandId }]));
    expect(await generationsOf(commandId)).toEqual([generation]);
  }
  const found = await readRecords(pool, ids);
  expect(found.map(({ commandId }) => commandId).toSorted()).toEqual(ids.toSorted());
  const { answered } = await loadBatch(session, joinKeys([]), ids);
  expect(answered.size).toBe(3);
  expect(await dropGeneration(pool, 0, new Date(Date.now() + 3_600_000))).toBe(true);
  expect((await loadBatch(session, joinKeys([]), ids)).answered.size).toBe(2);
});

it('a repeat in another process after a switch is a replay, and moves no money', async () => {
  const apis = [0, 1].map(() => createTestApi(testConfig(database.url)));
  try {
    const pay = (api: (typeof apis)[number] | undefined) => {
      if (api === undefined) throw new Error('there are two');
      return post(api, `/wallets/${wallets[0]}/credit`, { amount: 5 }, { 'idempotency-key': 'rent' });
    };
    expect((await pay(apis[0])).status).toBe(200);
    await switchTo(1);
    expect((await pay(apis[1])).headers.get('idempotent-replayed')).toBe('true');
    await switchTo(2);
    expect((await pay(apis[0])).headers.get('idempotent-replayed')).toBe('true');
    const { rows } = await pool.query('select balance_minor from wallets where id = $1', [wallets[0]]);
    expect(rows).toEqual([{ balance_minor: '1500' }]);
  } finally {
    await Promise.all(apis.map((api) => api.close()));
  }
});

describe('a switch', () => {
  it('happens only to the next generation, and only if that one keeps ids apart', async () => {
    expect(await switchGeneration(pool, 1), 'it was not made').toBe(false);
    await makeGeneration(pool, 2);
    expect(await switchGeneration(pool, 2), 'it is not the next').toBe(false);
    await makeGeneration(pool, 1);
    await pool.query('alter table idempotency_keys_g1 drop constraint idempotency_keys_g1_pkey');
    expect(await switchGeneration(pool, 1), 'it has no primary key').toBe(false);
    await makeGeneration(pool, 1);
    expect(await switchGeneration(pool, 1)).toBe(true);
    expect(await switchGeneration(pool, 1), 'it happened').toBe(false);
    expect(await readGenerations(pool)).toMatchObject({ current: 1, partitioned: true });
  });

  it('completes a generation that was made by half', async () => {
    await pool.query('create table idempotency_keys_g1 (like idempotency_keys including all)');
    await makeGeneration(pool, 1);
    await makeGeneration(pool, 1);
    expect(await switchGeneration(pool, 1)).toBe(true);
  });
});

it('a generation is dropped only after its end, and never while it is written to', async () => {
  const later = new Date(Date.now() + 3_600_000);
  expect(await dropGeneration(pool, 0, later), 'it is written to').toBe(false);
  await switchTo(1);
  expect(await dropGeneration(pool, 0, new Date(Date.now() - 3_600_000)), 'it ended later').toBe(false);
  expect(await dropGeneration(pool, 0, later)).toBe(true);
  expect(await dropGeneration(pool, 0, later), 'a second time changes nothing').toBe(true);
  const { rows } = await pool.query("select to_regclass('idempotency_keys_g0') as gone");
  expect(rows).toEqual([{ gone: null }]);
});

/** The statements of the release before, as far as they write records. They name no generation. */
const before = {
  credit: `
      with head as (
        update log_head
           set position = position + 0
         where fence = $1::bigint
        returning position as base
      ), recorded as (
        insert into idempotency_keys (command_id, meaning_hash, accepted, outcome, writer)
        select new.command_id, decode(repeat('ab', 16), 'hex'), true, '[]', $3::uuid
          from head, unnest($2::uuid[]) as new (command_id)
      )
      select base from head`,
  refusal: `
      with head as materialized (
        select
          from log_head
         where fence = $1::bigint
           for share
      )
      insert into idempotency_keys (command_id, meaning_hash, accepted, outcome, writer)
      select new.command_id, decode(repeat('ab', 16), 'hex'), true, '[]', $3::uuid
        from head, unnest($2::uuid[]) as new (command_id)`,
} as const;

describe.each(Object.entries(before))('a %s of the release before', (name, text) => {
  const write = async (fence: number, commandId: string) =>
    (await session.query({ name: `before-${name}`, text, values: [fence, [commandId], randomUUID()] }))
      .rowCount;

  it('goes into the generation that this release writes to, with the plan of before the switch', async () => {
    const ids = [randomUUID(), randomUUID(), randomUUID()] as const;
    expect(await write(0, ids[0])).toBe(1);
    expect(await generationsOf(ids[0])).toEqual([0]);
    expect(await whileSwitching(1, () => write(0, ids[1])), 'it waited under the old fence').toBe(0);
    expect(await generationsOf(ids[1])).toEqual([]);
    expect(await write(1, ids[1])).toBe(1);
    expect(await generationsOf(ids[1])).toEqual([1]);
    await switchTo(2);
    expect(await write(2, ids[2])).toBe(1);
    expect(await generationsOf(ids[2])).toEqual([2]);
    await expect(write(2, ids[2])).rejects.toMatchObject({
      code: '23505',
      constraint: 'idempotency_keys_pkey',
    });
  });
});
