// Every reader of events gives the same for both forms of a row. The events are made by the command path in
// the JSON form. Then every second one is turned into the compact form, and at last all of them.
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compactEvents } from '../../../harness/compactEvents.ts';
import { defaultTenant } from '../../../src/domain/tenant.ts';
import { decodeEvent } from '../../../src/eventStore/eventCodec.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import { findMovementsInLog, findMovementsOfWallet } from '../../../src/eventStore/read/findMovements.ts';
import { readBalanceAt } from '../../../src/eventStore/read/readBalance.ts';
import { readEventsAfter, readFirstEvents, readStream } from '../../../src/eventStore/read/readEvents.ts';
import { readMovementsOf } from '../../../src/eventStore/read/readMovements.ts';
import { readPackedLog, unpackLog } from '../../../src/eventStore/read/readPackedLog.ts';
import { readPackedStreams, unpack } from '../../../src/eventStore/read/readPackedStreams.ts';
import { lastWallet, readStreams } from '../../../src/eventStore/read/readStreams.ts';
import { readTraceparents } from '../../../src/eventStore/read/readTraceparents.ts';
import { checkRecords, firstCommandId } from '../../../src/projections/verify/checkLog.ts';
import { createTestApi, post, type TestApi, testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let pool: Pool;
let transferId: string;
const before: Record<string, unknown> = {};

const traced = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
const named = { 'x-request-id': 'said-by-a-caller', ...traced };

async function done(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await post(api, path, body, headers);
  expect([answer.text, answer.status < 300]).toEqual([answer.text, true]);
  return answer;
}

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  ({ pool } = api);
  await changeLog(pool, `update log_head set level = ${levels.compactEvents - 1}`);
  for (const [walletId, currency] of [
    ['a', 'EUR'],
    ['b', 'EUR'],
    ['yen', 'JPY'],
  ] as const)
    await done('/wallets', { walletId, ownerId: `owner-${walletId}`, currency, initialBalance: 100 });
  await done('/wallets/a/credit', { amount: '1.50', description: 'Fare to "Zoë"' }, named);
  await done('/wallets/yen/debit', { amount: 7, description: '' }, traced);
  const sent = await done('/wallets/a/transfer', { toWalletId: 'b', amount: 20, description: 'rent' });
  expect(sent.body.movementId).toBe('a@3');
  await done('/wallets/b/debit', { amount: 3 });
  await changeLog(
    pool,
    `update events set metadata = metadata || '{"traceparent": "${traced.traceparent}"}' where position = 4`,
  );
  const { rows } = await pool.query<{ id: string }>(
    "select data ->> 'transferId' as id from events where position = 6",
  );
  transferId = rows[0]?.id ?? '';
  for (const [name, read] of Object.entries(readers())) before[name] = await read();
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

const everything = { after: '', until: lastWallet };
const page = { from: 100n, downTo: 0n, limit: 100 };

/** What each reader gives. */
function readers(): Readonly<Record<string, () => Promise<unknown>>> {
  const filters = {
    command: {},
    'request id': { requestId: 'said-by-a-caller' },
    'text that is a request id': { text: 'said-by-a-caller' },
    description: { description: 'FARE TO' },
    'text in a description': { text: 'rent' },
    'text that is a transfer': { text: transferId },
    counterpart: { counterpart: 'b' },
    currency: { currency: 'JPY' },
    'least amount': { amountMin: '7' },
    'greatest amount': { amountMax: '3.00' },
    type: { eventTypes: ['TransferSent'] },
  };
  return {
    'the log': async () => (await readEventsAfter(pool, 0n, 100)).map(decodeEvent),
    'first events': async () => (await readFirstEvents(pool, ['a', 'b', 'yen'])).map(decodeEvent),
    'a stream': async () => (await readStream(pool, 'a', 0, 100)).map(decodeEvent),
    'a balance at a time': async () => {
      const last = await readBalanceAt(pool, 'b', new Date());
      return { ...last, event: last?.event && decodeEvent(last.event) };
    },
    'the packed log': async () => {
      const taken: unknown[] = [];
      const log = await readPackedLog(pool, 3n, 100);
      return { whole: unpackLog(log, (record) => taken.push(record)), taken };
    },
    'packed streams': async () =>
      (await readPackedStreams(pool, everything, { walletId: '', version: 0 }, 100)).map((one) => ({
        ...one,
        steps: unpack(one),
      })),
    'exact streams': () => readStreams(pool, everything, { walletId: '', version: 0 }, 100),
    traceparents: () => readTraceparents(pool, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n], 10),
    movements: async () => readMovementsOf(pool, await findMovementsInLog(pool, defaultTenant, {}, page)),
    'the records against the log': () => checkRecords(pool, firstCommandId, 100),
    ...Object.fromEntries(
      Object.entries(filters).flatMap(([name, filter]) => [
        [`a search by ${name}`, () => findMovementsInLog(pool, defaultTenant, filter, page)],
        [`a search in a wallet by ${name}`, () => findMovementsOfWallet(pool, 'a', filter, page)],
      ]),
    ),
  };
}

it('the searches find something, and not everything', () => {
  for (const [name, found] of Object.entries(before)) {
    if (!name.startsWith('a search by ')) continue;
    const all = (before['a search by command'] as unknown[]).length;
    expect([name, (found as unknown[]).length > 0]).toEqual([name, true]);
    if (name !== 'a search by command')
      expect([name, (found as unknown[]).length < all]).toEqual([name, true]);
  }
});

describe.each([
  ['every second event', 'position % 2 = 0'],
  ['every event', 'true'],
])('if %s is compact', (_, where) => {
  it('every reader gives the same', async () => {
    await changeLog(pool, compactEvents(where));
    const { rows } = await pool.query('select from events where data is null');
    expect(rows.length).toBeGreaterThan(0);
    for (const [name, read] of Object.entries(readers()))
      expect([name, await read()]).toEqual([name, before[name]]);
  });
});

it('an event of a newer schema version is read through the codec in both forms', async () => {
  await changeLog(pool, 'update events set schema_version = 2 where position = 4');
  const steps = await readStreams(pool, everything, { walletId: '', version: 0 }, 100);
  const newer = steps.flatMap((one) => ('step' in one && one.step instanceof Error ? [one.step] : []));
  expect(newer.map(({ message }) => message)).toEqual([
    expect.stringContaining('schema version 2 is newer than 1') as string,
  ]);
  expect(unpackLog(await readPackedLog(pool, 3n, 100), () => undefined)).toBe(false);
});

it('the compact events of this release are those that the JSON form turns into', async () => {
  await changeLog(pool, 'update events set schema_version = null where position = 4');
  await changeLog(pool, `update log_head set level = ${levels.compactEvents}`);
  const { rows: heads } = await pool.query<{ position: string }>('select position from log_head');
  await done('/wallets', { walletId: 'c', ownerId: 'owner-c', currency: 'EUR', initialBalance: 5 });
  await done('/wallets/a/transfer', { toWalletId: 'c', amount: 2, description: 'more' }, named);
  const { rows } = await pool.query(
    `select type, schema_version, data, metadata, amount_minor, balance_minor, currency, description, extra,
            command_id is not null as has_command, correlation_id is not null as has_request
       from events where position > $1::bigint order by position`,
    [heads[0]?.position],
  );
  const given = { schema_version: null, data: null, metadata: null, currency: 'EUR', has_command: true };
  const moved = { ...given, amount_minor: '200', description: 'more', has_request: false };
  const id = expect.any(String) as string;
  const correlationId = 'said-by-a-caller';
  expect(rows).toEqual([
    {
      ...{ ...given, type: 'WalletCreated', amount_minor: null, balance_minor: '500', description: null },
      ...{ extra: { ownerId: 'owner-c' }, has_request: true },
    },
    {
      ...{ ...moved, type: 'TransferSent', balance_minor: '7950' },
      extra: { transferId: id, toWalletId: 'c', toBalanceMinor: '700', correlationId },
    },
    {
      ...{ ...moved, type: 'TransferReceived', balance_minor: '700' },
      extra: { transferId: id, fromWalletId: 'a', correlationId },
    },
  ]);
});
