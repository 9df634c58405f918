// A verification checks the log itself: damage to the truth is named, it is never repaired away, and what was
// not compared is never vouched for. Every kind of damage is done by itself to a store in which all is well.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareWalletsIndex, walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { verifyProjections } from '../../src/workflows/index.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { changeLog } from '../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../support/projections.ts';
import { createTemporalFixture, type TemporalFixture } from '../support/temporal.ts';
import { walletStream } from '../support/walletStream.ts';
import { processOver } from '../support/workerActivities.ts';

let temporal: TemporalFixture;
let fixture: ProjectionFixture;
beforeAll(async () => {
  temporal = await createTemporalFixture();
});
afterAll(() => temporal.close());
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await fillStore();
});
afterEach(() => fixture.close());

const wallet = walletStream('wallet-001', 100n, [1n, 2n]);
const receiver = walletStream('wallet-002', 100n);

/**
 * The positions 1 to 6: three events of wallet-001, the creation of wallet-002, and a transfer between them.
 * The last command has a record.
 */
async function fillStore(): Promise<void> {
  const { pool } = fixture;
  const occurredAt = new Date('2026-01-02T03:05:00.000Z');
  const common = { transferId: 't-1', currency: 'USD', amountMinor: 5n, description: '' };
  await appendEvents(pool, [
    ...wallet,
    ...receiver,
    {
      walletId: 'wallet-001',
      version: 4,
      occurredAt,
      event: {
        type: 'TransferSent',
        ...common,
        balanceMinor: 98n,
        toWalletId: 'wallet-002',
        toBalanceMinor: 105n,
      },
    },
    {
      walletId: 'wallet-002',
      version: 2,
      occurredAt,
      event: { type: 'TransferReceived', ...common, balanceMinor: 105n, fromWalletId: 'wallet-001' },
    },
  ]);
  await changeLog(pool, `update events set metadata = '{"commandId": "${command}"}' where position >= 5`);
  await pool.query(
    `insert into idempotency_keys (command_id, meaning_hash, accepted, outcome)
     values ($1, decode(repeat('0', 32), 'hex'), true, $2)`,
    [command, outcome],
  );
  await pool.query(`
    insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
    select wallet_id, 'owner of ' || wallet_id, 'USD', case wallet_id when 'wallet-001' then 98 else 105 end,
           max(version), min(occurred_at), max(occurred_at)
      from events
     group by wallet_id`);
  await drainAll(pool, fixture.readModel);
  await drainAll(pool, fixture.ledger);
}

const command = '7b0e8cd1-0000-4000-8000-000000000001';
const outcome = JSON.stringify([
  ...[1, 'TransferFunds'],
  ...[
    ['wallet-001', 'owner', 'USD', '98', 4, 0, 0],
    ['wallet-002', 'owner', 'USD', '105', 2, 0, 0],
  ],
]);
/** The answer in a record of the former form. */
const body = JSON.stringify({
  fromWallet: { id: 'wallet-001', version: 4 },
  toWallet: { id: 'wallet-002', version: 2 },
});

let runs = 0;
async function verify(argument: { repair?: boolean; waitS?: number } = {}) {
  runs += 1;
  const worker = await temporal.createWorker(processOver(fixture).activities);
  return worker.runUntil(
    temporal.client.workflow.execute(verifyProjections, {
      taskQueue: temporal.taskQueue,
      workflowId: `${temporal.taskQueue}-verify-log-${runs}`,
      args: [argument],
    }),
  );
}

/** Removes the transfer with every trace but its record, as if it had never been. */
async function removeTransfer(): Promise<void> {
  const { pool, elasticsearch, indexPrefix } = fixture;
  await changeLog(pool, 'delete from events where position >= 5');
  await changeLog(pool, 'update log_head set position = 4');
  await pool.query('delete from ledger_postings where position >= 5');
  await pool.query('delete from outbox where position >= 5');
  await pool.query('update projector_checkpoints set position = 4');
  await pool.query(
    "update wallets set balance_minor = 103, version = 3, updated_at = $1 where id = 'wallet-001'",
    [wallet[2]?.occurredAt],
  );
  await pool.query(
    "update wallets set balance_minor = 100, version = 1, updated_at = created_at where id = 'wallet-002'",
  );
  await elasticsearch.indices.delete({ index: `${walletsAlias(indexPrefix)}-000001` });
  await prepareWalletsIndex(fixture);
  await drainAll(pool, fixture.readModel);
}

interface LogDifference {
  readonly where: string;
  readonly fields: readonly string[];
}

/** Damages the log, and lists the differences that must name the damage. */
type Damage = readonly [() => Promise<unknown>, readonly LogDifference[]];

const damages: Readonly<Record<string, Damage>> = {
  'an event is missing in the middle': [
    () => changeLog(fixture.pool, 'delete from events where position = 2'),
    [{ where: 'log', fields: ['missing through 2'] }],
  ],
  'two events are missing at the end': [
    () => changeLog(fixture.pool, 'delete from events where position >= 5'),
    [
      { where: 'log', fields: ['missing through 6'] },
      { where: 'record', fields: ['event of version 4 missing'] },
      { where: 'record', fields: ['event of version 2 missing'] },
    ],
  ],
  'the head is below the last event': [
    () => changeLog(fixture.pool, 'update log_head set position = 5'),
    [
      { where: 'log', fields: ['head is 5, and checkpoint ledger proves more'] },
      { where: 'log', fields: ['head is 5, and checkpoint read-model proves more'] },
      { where: 'log', fields: ['head is 5, and events proves more'] },
      { where: 'log', fields: ['head is 5, and outbox proves more'] },
    ],
  ],
  'an event is missing, and only a record of the former form tells of it': [
    async () => {
      await fixture.pool.query(
        `update idempotency_keys
            set request_hash = '', status = 200, headers = '{}', body = $1, accepted = null, outcome = null`,
        [body],
      );
      await changeLog(fixture.pool, 'delete from events where position = 6');
    },
    [
      { where: 'log', fields: ['missing through 6'] },
      { where: 'record', fields: ['event of version 2 missing'] },
    ],
  ],
  'the outcome of a command is damaged': [
    async () => {
      await fixture.pool.query('update idempotency_keys set outcome = \'[1,"TransferFunds",[]]\'');
    },
    [{ where: 'record', fields: [`answer of command ${command} unreadable`] }],
  ],
  'another command made the event of an accepted one': [
    () => changeLog(fixture.pool, "update events set metadata = '{}' where position = 5"),
    [{ where: 'record', fields: ['event of version 4 missing'] }],
  ],
  'an acknowledged transfer was removed with every other trace': [
    removeTransfer,
    [
      { where: 'record', fields: ['event of version 4 missing'] },
      { where: 'record', fields: ['event of version 2 missing'] },
    ],
  ],
};

describe.each(Object.entries(damages))('%s', (_, [damage, found]) => {
  it('is named, and a repair leaves every trace alone', async () => {
    await damage();
    const before = await readTraces();
    const result = await verify({ repair: true, waitS: 0 });
    expect(result.differences.filter(({ where }) => where === 'log' || where === 'record')).toMatchObject(
      found,
    );
    expect(result).toMatchObject({ remaining: null, coverage: { logIsBroken: true } });
    expect(await readTraces()).toEqual(before);
  });
});

async function readTraces() {
  const { pool, queries } = fixture;
  const rows = async (text: string) => (await pool.query<Record<string, unknown>>(text)).rows;
  return {
    wallets: await rows('select id, version, balance_minor from wallets order by id'),
    entries: await rows('select position, leg from ledger_entries order by position, leg'),
    outbox: await rows('select position from outbox order by position'),
    document: await queries.getWalletDocument('wallet-001'),
  };
}

it('names a transfer whose halves differ', async () => {
  await changeLog(
    fixture.pool,
    `update events set data = jsonb_set(data, '{amountMinor}', '"4"') where position = 6`,
  );
  expect((await verify()).differences).toContainEqual({
    where: 'transfer',
    walletId: 'wallet-001',
    position: 5,
    fields: ["receiver's half"],
  });
});

it('vouches for the whole log only if it has compared it, and looks up each accepted command', async () => {
  expect(await verify()).toMatchObject({
    differencesCount: 0,
    coverage: { head: 6, comparedTo: 6, records: 1, complete: true },
  });
  await appendEvents(fixture.pool, walletStream('wallet-003', 1n));
  await fixture.pool.query(`
    insert into wallets (id, owner_id, currency, balance_minor, version, created_at, updated_at)
    select wallet_id, 'owner of wallet-003', 'USD', 1, 1, occurred_at, occurred_at
      from events where wallet_id = 'wallet-003'`);
  expect(await verify({ waitS: 0 })).toMatchObject({
    differencesCount: 0,
    coverage: { head: 7, comparedTo: 6, complete: false },
  });
});
