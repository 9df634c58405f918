// Packed events are the events that are read one by one, for every type of event. What can't be taken apart
// with certainty is left to the exact readers.
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Pool } from 'pg';
import { eventTypes } from '../../../src/domain/events.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { readEventsAfter } from '../../../src/eventStore/read/readEvents.ts';
import { readPackedLog, unpackLog } from '../../../src/eventStore/read/readPackedLog.ts';
import { readPackedStreams, unpack } from '../../../src/eventStore/read/readPackedStreams.ts';
import { lastWallet, readStreams } from '../../../src/eventStore/read/readStreams.ts';
import { prepareAnyPage, preparePage } from '../../../src/projections/ledger/rebuild/preparePage.ts';
import { foldWallet } from '../../../src/projections/readModel/fold/foldWallet.ts';
import { readFoldedWallets } from '../../../src/projections/readModel/fold/readFoldedWallets.ts';
import { createTestApi, type TestApi, testConfig } from '../../support/api.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { actEveryEvent } from '../../support/everyEvent.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  ({ pool } = api);
  await changeLog(pool, `update log_head set level = ${levelMax}`);
  await actEveryEvent(api);
  await pool.query('create table sound as select * from events');
});
afterEach(async () => {
  await changeLog(
    pool,
    `update events
        set type = sound.type, schema_version = sound.schema_version, status = sound.status, extra = sound.extra,
            balance_minor = sound.balance_minor, currency = sound.currency
       from sound
      where sound.position = events.position`,
  );
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

const everything = { after: '', until: lastWallet };
const beginning = { walletId: '', version: 0 };
const eventsMax = 1000;

async function foldedAll(limit?: number) {
  const folded = [];
  for await (const some of readFoldedWallets(pool, everything, limit)) folded.push(...some);
  return folded;
}

it('the log of this test has every type of event', async () => {
  const { rows } = await pool.query<{ type: string }>('select distinct type from events order by type');
  expect(rows.map(({ type }) => type)).toEqual([...eventTypes].sort());
});

it('a packed stream has the steps that are read one by one', async () => {
  const pieces = await readPackedStreams(pool, everything, beginning, eventsMax);
  const unpacked = pieces.flatMap((piece) => unpack(piece) ?? []);
  const exact = await readStreams(pool, everything, beginning, eventsMax);
  const content = ({ walletId, version, event }: (typeof unpacked)[number]) => ({ walletId, version, event });
  expect(unpacked.map(content)).toEqual(
    exact.map((one) => {
      if (!('step' in one) || one.step instanceof Error) throw new Error('an event could not be read');
      return content(one.step);
    }),
  );
});

it('wallets that are folded from packed streams are those that are folded event by event', async () => {
  // With five events a read, streams cross pages.
  for (const limit of [5, undefined]) {
    const folded = await foldedAll(limit);
    expect(folded.map(({ walletId, hasState }) => [walletId, hasState])).toEqual([
      ['a', true],
      ['b', true],
      ['c', true],
      ['d', true],
    ]);
    for (const one of folded) expect(one).toEqual(await foldWallet(pool, one.walletId, {}));
  }
});

it('a packed page of the log is booked as a page of events is', async () => {
  const recorded = await readEventsAfter(pool, 0n, eventsMax);
  const packed = await readPackedLog(pool, 0n, eventsMax);
  expect(unpackLog(packed, () => undefined)).toBe(true);
  const fast = await prepareAnyPage(pool, 'postings', 0n, packed, eventsMax);
  const exact = preparePage('postings', 0n, recorded);
  const content = ({ bookings, ...page }: typeof fast) => ({
    ...page,
    postings: bookings().map(({ postings }) => postings),
  });
  expect(content(fast)).toEqual(content(exact));
});

const damages: readonly (readonly [what: string, change: string])[] = [
  ['a hold without its id', "extra = extra - 'holdId' where type = 'HoldPlaced' and wallet_id = 'a'"],
  ['a capture without its amount', "extra = extra - 'overMinor' where type = 'HoldCaptured'"],
  ['terms that are no terms', `extra = '{"terms":{"minimum":"x"}}' where type = 'WalletLimitsChanged'`],
  ['a status of a newer release', "status = 'painted' where wallet_id = 'c' and version = 3"],
  ['a schema version of a newer release', "schema_version = 2 where type = 'HoldReleased'"],
  ['a type of a newer release', "type = 'HoldPainted' where type = 'HoldAdjusted'"],
];

it.each(damages)('%s is read event by event', async (_, change) => {
  await changeLog(pool, `update events set ${change}`);
  const pieces = await readPackedStreams(pool, everything, beginning, eventsMax);
  expect(pieces.some((piece) => unpack(piece) === undefined)).toBe(true);
  for (const one of await foldedAll()) expect(one).toEqual(await foldWallet(pool, one.walletId, {}));
  const packed = await readPackedLog(pool, 0n, eventsMax);
  expect(unpackLog(packed, () => undefined)).toBe(false);
});

it('a separator inside of a field does not move the fields after it', async () => {
  await changeLog(pool, `update events set currency = e'USD\\x1f5' where wallet_id = 'a' and version = 3`);
  const pieces = await readPackedStreams(pool, everything, beginning, eventsMax);
  expect(pieces.map((piece) => unpack(piece) === undefined)).toEqual([true, false, false, false]);
  expect(unpackLog(await readPackedLog(pool, 0n, eventsMax), () => undefined)).toBe(false);
});
