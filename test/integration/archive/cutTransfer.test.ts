// A transfer whose halves lie in two segments, of which the first one has left the log. The movement keeps
// its id everywhere. A reader that needs the first half answers 410.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { dropArchived, openSegments } from '../../support/archive.ts';
import { changeLog } from '../../support/changeLog.ts';
import { createTestDatabase } from '../../support/database.ts';
import { drainAll } from '../../support/projections.ts';
import { cutLog } from '../../support/segments.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;

/** The transfer is sent at the last position of the first segment, and received at the next one. */
const width = 16;
/** The version of the receiver `d` after it. */
const received = width - 1;
const movementId = 'c@2';

async function change(path: string, body: object): Promise<void> {
  const { status, body: answer } = await post(api, path, body);
  expect(status, JSON.stringify(answer)).toBeLessThan(300);
}

beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
  await changeLog(api.pool, `update log_head set level = ${levelMax}`);
  await cutLog(api.pool, width);
  await change('/wallets', { walletId: 'c', ownerId: 'o', initialBalance: '10.00' });
  await change('/wallets', { walletId: 'd', ownerId: 'o', initialBalance: '10.00' });
  for (let nth = 3; nth < width; nth += 1) await change('/wallets/d/credit', { amount: '1.00' });
  await change('/wallets/c/transfer', { toWalletId: 'd', amount: '2.00' });
  await drainAll(api.pool, ledgerProjection);
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

/** The id of the movement, as each reader shows it. */
async function idsShown(): Promise<readonly unknown[]> {
  const event = await get(api, '/wallets/d/events?order=desc&limit=1');
  const feed = await get(api, '/events?after=oldest&limit=100');
  const found = await get(api, '/movements?walletId=d&limit=1');
  const { rows } = await api.pool.query<{ at: Date }>(
    'select occurred_at as at from events where wallet_id = $1 and version = $2',
    ['d', received],
  );
  const statement = await get(api, `/wallets/d/statement?from=${rows[0]?.at.toISOString() ?? ''}`);
  for (const { status, body } of [event, feed, found, statement])
    expect(status, JSON.stringify(body)).toBe(200);
  const ofFeed = (feed.body.events as { id: string; data: { movementId: string } }[]).find(
    ({ id }) => id === `d@${received}`,
  );
  return [
    (event.body.events as { movementId: string }[])[0]?.movementId,
    (found.body.movements as { movementId: string }[])[0]?.movementId,
    (statement.body.movements as { movementId: string }[]).at(-1)?.movementId,
    ofFeed?.data.movementId,
  ];
}

it('lies on both sides of the cut', async () => {
  const { rows } = await api.pool.query(
    "select position, type from events where type like 'Transfer%' order by position",
  );
  expect(rows).toEqual([
    { position: String(width), type: 'TransferSent' },
    { position: String(width + 1), type: 'TransferReceived' },
  ]);
  expect(await idsShown()).toEqual(Array(4).fill(movementId));
});

describe('after its first half has left the log', () => {
  beforeAll(async () => {
    await openSegments(api.pool);
    await dropArchived(api.pool);
  });

  it('every reader shows the id of before', async () => {
    expect(await idsShown()).toEqual(Array(4).fill(movementId));
  });

  it('the movement itself and its reversal answer 410', async () => {
    for (const id of [movementId, `d@${received}`])
      expect(await get(api, `/movements/${id}`)).toMatchObject({ status: 410, body: { code: 'ARCHIVED' } });
    expect(await post(api, `/wallets/d/events/${received}/reverse`, {})).toMatchObject({
      status: 410,
      body: { code: 'ARCHIVED' },
    });
  });

  it('later events of the sender change nothing', async () => {
    await change('/wallets/c/credit', { amount: '1.00' });
    await change('/wallets/c/credit', { amount: '1.00' });
    expect(await idsShown()).toEqual(Array(4).fill(movementId));
  });
});
