// The rows of holds, details, reversals and usage beside a wallet: a comparison names each row that differs
// from the events, and a repair makes them again. Each test leaves the rows as it found them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compareIndex } from '../../../../src/projections/verify/compareIndex.ts';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { ensureWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { createTestApi, post, readAnswer, type TestApi, testConfig } from '../../../support/api.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';

const walletId = 'a';

let fixture: ProjectionFixture;
let api: TestApi;
beforeAll(async () => {
  fixture = await createProjectionFixture();
  const { databaseUrl, indexPrefix } = fixture;
  api = createTestApi(testConfig(databaseUrl, { ELASTICSEARCH_INDEX_PREFIX: indexPrefix }));
  await ensureWalletsIndex(fixture);
  await ok(post(api, '/wallets', { walletId, ownerId: 'o', initialBalance: '100.00' }));
  await ok(post(api, '/wallets', { walletId: 'b', ownerId: 'o', initialBalance: '10.00' }));
  const of = `/wallets/${walletId}`;
  await ok(post(api, `${of}/credit`, { amount: '5.00' }));
  for (const holdId of ['h-1', 'h-2', 'h-3', 'h-4'])
    await ok(post(api, `${of}/holds`, { amount: '9.00', holdId, metadata: { b: '1', a: '2' } }));
  await ok(post(api, `${of}/holds/h-2/capture`, { amount: '4.00', final: false }));
  await ok(post(api, `${of}/holds/h-2/capture`, { amount: '1.00', final: false }));
  await ok(post(api, `${of}/holds/h-3/void`, {}));
  await ok(post(api, `${of}/holds/h-4/capture`, { amount: '4.00' }));
  await ok(post(api, `${of}/events/2/reverse`, { amount: '2.00', reason: 'refund' }));
  await ok(post(api, `${of}/events/2/reverse`, { amount: '1.00', reason: 'refund' }));
  await ok(post(api, `${of}/transfer`, { toWalletId: 'b', amount: '3.00' }));
  await ok(post(api, `${of}/events/13/reverse`, { reason: 'mistake' }));
  await ok(patch(of, { metadata: { z: '1', y: '2' }, labels: ['vip', 'new'] }));
  const out = { name: 'out', window: 'lifetime', direction: 'out', maxAmount: '90.00' };
  const into = { name: 'in', window: 'day', direction: 'in', maxCount: 9 };
  await ok(post(api, `${of}/velocity`, { rules: [out, into] }, {}, 'PUT'));
  await ok(post(api, `${of}/debit`, { amount: '3.00' }));
  await ok(post(api, `${of}/credit`, { amount: '2.00' }));
  await ok(post(api, `${of}/holds`, { amount: '5.00', holdId: 'h-5' }));
  await ok(post(api, `${of}/holds/h-5/capture`, { amount: '4.00' }));
  await ok(post(api, `${of}/velocity`, { rules: [{ ...out, maxAmount: '80.00' }, into] }, {}, 'PUT'));
  await ok(post(api, '/wallets/b/transfer', { toWalletId: walletId, amount: '1.00' }));
  const alerts = [{ name: 'poor', field: 'balance', op: 'below', amount: '1000.00' }];
  await ok(post(api, `${of}/alerts`, { alerts }, {}, 'PUT'));
});
afterAll(async () => {
  await api.close();
  await fixture.close();
});

async function ok(answer: ReturnType<typeof post>) {
  const found = await answer;
  expect(found.status, JSON.stringify(found.body)).toBeLessThan(300);
  return found;
}

async function patch(path: string, body: object) {
  const headers = { 'content-type': 'application/merge-patch+json' };
  return readAnswer(await api.app.request(path, { method: 'PATCH', headers, body: JSON.stringify(body) }));
}

async function differences(): Promise<unknown> {
  await drainAll(fixture.pool, fixture.readModel);
  const index = walletsAlias(fixture.indexPrefix);
  const range = { after: '', until: 'z', walletsMax: 1_000, upTo: 1_000_000, rows: true };
  const { signal } = new AbortController();
  const found = await compareIndex(fixture, { index, ...range }, signal, () => undefined);
  return found.differences.filter((one) => one.where === 'wallet state');
}

async function rowsNow(): Promise<unknown> {
  const { rows } = await fixture.pool.query(
    `select (select jsonb_agg(holds order by hold_id) from holds where wallet_id = $1) as holds,
            (select jsonb_agg(wallet_details) from wallet_details where wallet_id = $1) as details,
            (select jsonb_agg(reversals order by version) from reversals where wallet_id = $1) as reversals,
            (select jsonb_agg(wallet_usage) from wallet_usage where wallet_id = $1) as usage,
            (select to_jsonb(wallets) from wallets where id = $1) as wallet`,
    [walletId],
  );
  return rows;
}

const wrongs: readonly (readonly [name: string, sql: string, fields: readonly string[]])[] = [
  ['a hold that is lost', `delete from holds where wallet_id = $1 and hold_id = 'h-1'`, ['hold h-1']],
  [
    'a hold that keeps more than it should',
    `update holds set remaining_minor = remaining_minor + 1 where wallet_id = $1 and hold_id = 'h-2'`,
    ['hold h-2'],
  ],
  [
    'a hold that is open again',
    `update holds set ended_as = null, ended_at = null, remaining_minor = 9 where wallet_id = $1 and hold_id = 'h-3'`,
    ['hold h-3'],
  ],
  [
    'a hold that no event placed',
    `insert into holds select (jsonb_populate_record(holds, '{"hold_id":"h-9"}')).* from holds where wallet_id = $1 and hold_id = 'h-1'`,
    ['hold h-9'],
  ],
  [
    'captures that no release wrote',
    `update holds set captures = '[{}]' where wallet_id = $1 and hold_id = 'h-2'`,
    ['hold h-2'],
  ],
  [
    'metadata that differs',
    `update wallet_details set metadata = '{"z":"2"}' where wallet_id = $1`,
    ['details'],
  ],
  ['details that are lost', `delete from wallet_details where wallet_id = $1`, ['details']],
  [
    'a refund that is forgotten in part',
    `update reversals set reversed_minor = 200 where wallet_id = $1 and version = 2`,
    ['reversal of version 2'],
  ],
  [
    'a refund that is forgotten',
    `delete from reversals where wallet_id = $1 and version <> 2`,
    ['reversal of version 13'],
  ],
  [
    'the use of rules that is lost',
    'delete from wallet_usage where wallet_id = $1',
    ['usage of velocity rules'],
  ],
  [
    'a use that is less than it should be',
    `update wallet_usage set rules = jsonb_set(rules, '{1,usedAmount}', '"300"') where wallet_id = $1`,
    ['usage of velocity rules'],
  ],
  [
    'a rule that allows more than its event says',
    `update wallet_usage set rules = jsonb_set(rules, '{1,maxAmount}', '"900000"') where wallet_id = $1`,
    ['usage of velocity rules'],
  ],
  [
    'a rule that is lost',
    `update wallet_usage set rules = rules - 0 where wallet_id = $1`,
    ['usage of velocity rules'],
  ],
  ['a wrong count of open holds', `update wallets set open_holds = 7 where id = $1`, ['openHolds']],
  [
    'a sweep that would come too late',
    `update wallets set hold_due_from = hold_due_from + interval '1 year' where id = $1`,
    ['holdDueFrom'],
  ],
];

it('rows that the append wrote are as the events say', async () => {
  expect(await differences()).toEqual([]);
});

it.each(wrongs)('%s is found by name, and repaired', async (_, sql, fields) => {
  const before = await rowsNow();
  await changeLog(fixture.pool, sql, [walletId]);
  expect(await differences()).toEqual([{ where: 'wallet state', walletId, fields }]);
  expect((await repairWallet(fixture, walletId)).row).toEqual(fields);
  expect(await differences()).toEqual([]);
  const after = await rowsNow();
  // The earliest end is a lower bound. A repair makes it exact.
  expect(after).toEqual(before);
});

it('a wallet whose row forgot that it has rules is found, and repaired', async () => {
  const before = await rowsNow();
  await changeLog(fixture.pool, `update wallets set terms = terms - 'rules' where id = $1`, [walletId]);
  expect((await repairWallet(fixture, walletId)).row).toEqual(['terms']);
  expect(await rowsNow()).toEqual(before);
});

it('a wallet whose row alerts at another amount than its event says is found, and repaired', async () => {
  const before = await rowsNow();
  const wrong = `update wallets set terms = jsonb_set(terms, '{alerts,0,3}', '"5"') where id = $1`;
  await changeLog(fixture.pool, wrong, [walletId]);
  expect((await repairWallet(fixture, walletId)).row).toEqual(['terms']);
  expect(await rowsNow()).toEqual(before);
});

it('a wallet whose row is lost gets it back, with the sums of its open holds', async () => {
  const before = await rowsNow();
  await changeLog(fixture.pool, 'delete from wallets where id = $1', [walletId]);
  await repairWallet(fixture, walletId);
  expect(await rowsNow()).toEqual(before);
});
