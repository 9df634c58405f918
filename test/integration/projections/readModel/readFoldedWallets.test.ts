// The fast fold of many streams must agree with the exact fold of each wallet and with the live drain. This
// holds for broken streams too.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastWallet } from '../../../../src/eventStore/read/readStreams.ts';
import { readStreamCuts } from '../../../../src/eventStore/read/readStreamCuts.ts';
import type { FoldedStream } from '../../../../src/projections/readModel/fold/foldStreams.ts';
import { foldWallet } from '../../../../src/projections/readModel/fold/foldWallet.ts';
import { readFoldedWallets } from '../../../../src/projections/readModel/fold/readFoldedWallets.ts';
import { walletDocument } from '../../../../src/projections/readModel/walletDocument.ts';
import { appendEvents, appendRows, unknownEvent } from '../../../support/appendEvents.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

async function foldAll(upTo?: bigint): Promise<readonly FoldedStream[]> {
  const folded: FoldedStream[] = [];
  // With three events a read, streams cross pages.
  for await (const some of readFoldedWallets(fixture.pool, { after: '', until: lastWallet, upTo }, 3)) {
    folded.push(...some);
  }
  return folded;
}

/** Sound streams mixed with streams of every kind of damage. */
async function fillStore(): Promise<void> {
  const { pool } = fixture;
  await appendEvents(pool, walletStream('a-sound', 10n, [1n, 2n, 3n, 4n, 5n, 6n]));
  await appendEvents(pool, walletStream('b-one', 0n));
  await appendEvents(pool, walletStream('c-unknown', 10n, [1n]));
  await appendRows(pool, [unknownEvent('c-unknown', 3)]);
  await appendEvents(pool, [...walletStream('c-unknown', 10n, [1n, 2n, 3n]).slice(3)]);
  const [created, credited] = walletStream('d-wrong', 10n, [1n]);
  const later = walletStream('d-wrong', 20n, [1n, 2n]).slice(2);
  if (created === undefined || credited === undefined)
    throw new Error('a stream with one credit has two events');
  const wrong = { ...credited, event: { ...credited.event, balanceMinor: 999n } };
  await appendEvents(pool, [created, wrong, ...later]);
  await appendEvents(
    pool,
    walletStream('e-gap', 10n, [1n, 2n]).filter(({ version }) => version !== 2),
  );
  await appendEvents(pool, walletStream('f-field', 10n, [1n, 2n]));
  await changeLog(
    pool,
    `update events set data = data - 'amountMinor' where wallet_id = 'f-field' and version = 2`,
  );
  await appendEvents(pool, walletStream('g-space', 10n, [1n, 2n]));
  await changeLog(
    pool,
    `
    update events set data = jsonb_set(data, '{currency}', '"US D"') where wallet_id = 'g-space' and version = 3`,
  );
  await appendEvents(pool, walletStream('h-newer', 10n, [1n]));
  await changeLog(pool, `update events set schema_version = 2 where wallet_id = 'h-newer' and version = 2`);
  await appendEvents(pool, walletStream('i-sound', 7n, [1n]));
}

it('agrees with the exact fold of each wallet, wherever a page ends', async () => {
  await fillStore();
  const folded = await foldAll();
  expect(folded.map(({ walletId }) => walletId[0])).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
  for (const one of folded) expect(one).toEqual(await foldWallet(fixture.pool, one.walletId, {}));
  const broken = folded.map(({ walletId, broken: places }) => [
    walletId,
    places.map(({ version }) => version),
  ]);
  expect(Object.fromEntries(broken)).toEqual({
    'a-sound': [],
    'b-one': [],
    'c-unknown': [3],
    'd-wrong': [2, 3],
    'e-gap': [3],
    'f-field': [2],
    'g-space': [3],
    'h-newer': [2],
    'i-sound': [],
  });
});

it('gives each wallet the document that the live drain made', async () => {
  await fillStore();
  await drainAll(fixture.pool, fixture.readModel);
  for (const { walletId, wallet } of await foldAll()) {
    expect([walletId, wallet && walletDocument(wallet)]).toEqual([
      walletId,
      await fixture.queries.getWalletDocument(walletId),
    ]);
  }
});

it('stops at a position, with each wallet as it was there', async () => {
  await fillStore();
  const folded = await foldAll(4n);
  expect(folded).toEqual([await foldWallet(fixture.pool, 'a-sound', { version: 4 })]);
});

it('cuts the wallets into parts that hold each of them once', async () => {
  await fixture.pool.query(`
    insert into wallets
    select 'wallet-' || lpad(number::text, 3, '0'), 'ann', 'USD', 0, 1, now(), now()
      from generate_series(1, 100) as number`);
  expect(await readStreamCuts(fixture.pool, 4)).toEqual(['wallet-025', 'wallet-050', 'wallet-075']);
  expect(await readStreamCuts(fixture.pool, 1)).toEqual([]);
});
