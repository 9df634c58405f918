// Alert rules over HTTP, and their alerts: in the history of the wallet, in pages of the feed and in its
// streams. No page and no stream parts an event from its alerts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { changeLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';
import { actEveryEvent } from '../support/everyEvent.ts';
import { eventPage, everyEventOf, openEvents } from '../support/eventReader.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = createTestApi(testConfig(database.url));
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

let wallets = 0;

/** A new wallet of 100.00 USD with these rules. */
async function walletWith(...alerts: readonly object[]): Promise<string> {
  const walletId = `w-${(wallets += 1)}`;
  await ok(post(api, '/wallets', { walletId, ownerId: walletId, initialBalance: '100.00' }));
  if (alerts.length > 0) await ok(change(walletId, alerts));
  return walletId;
}

async function ok(answer: ReturnType<typeof post>) {
  const found = await answer;
  expect(found.status, found.text).toBeLessThan(300);
  return found;
}

const change = (walletId: string, alerts: unknown, headers: Record<string, string> = {}) =>
  post(api, `/wallets/${walletId}/alerts`, { alerts }, headers, 'PUT');
const debit = (walletId: string, amount: string) => ok(post(api, `/wallets/${walletId}/debit`, { amount }));
const credit = (walletId: string, amount: string) => ok(post(api, `/wallets/${walletId}/credit`, { amount }));

const low = { name: 'low', field: 'available', op: 'below', amount: '50.00' };
const poor = { name: 'poor', field: 'balance', op: 'below', amount: '60.00' };

describe('the rules', () => {
  it('are answered by name, and a repeat under the key answers the same bytes', async () => {
    const walletId = await walletWith();
    const headers = { 'idempotency-key': `${walletId}-alerts` };
    const changed = await ok(change(walletId, [poor, low], headers));
    expect(changed.body).toMatchObject({ id: walletId, version: 2, movementId: `${walletId}@2` });
    expect(changed.body.alerts).toEqual([
      { ...low, amount: 50 },
      { ...poor, amount: 60 },
    ]);
    await debit(walletId, '60.00');
    await change(walletId, []);
    expect((await change(walletId, [low, poor], headers)).text).toBe(changed.text);
  });

  it('are read as they are now, with amounts as text under /v1, and by nobody without the wallet', async () => {
    const walletId = await walletWith(poor, { ...low, amount: 50 });
    const read = async (path: string) => (await get(api, path)).body;
    expect(await read(`/v1/wallets/${walletId}/alerts`)).toEqual({
      ...{ walletId, currency: 'USD', alerts: [low, poor] },
    });
    expect((await read(`/wallets/${await walletWith()}/alerts`)).alerts).toEqual([]);
    expect(await get(api, '/wallets/nobody/alerts')).toMatchObject({ status: 404 });
    await ok(change(walletId, []));
    expect((await read(`/wallets/${walletId}/alerts`)).alerts).toEqual([]);
  });

  it('that are so already change nothing, and If-Match is honoured', async () => {
    const walletId = await walletWith(low);
    expect((await ok(change(walletId, [{ ...low, amount: '50' }]))).body).toMatchObject({ version: 2 });
    expect(await change(walletId, [], { 'if-match': '"1"' })).toMatchObject({ status: 412 });
    expect(await change(walletId, [], { 'if-match': '"2"' })).toMatchObject({ status: 200 });
  });

  it.each([
    ['no list', { name: 'a' }, '/alerts'],
    ['a name with a space', [{ ...low, name: 'a b' }], '/alerts/0/name'],
    ['a field that is none', [{ ...low, field: 'held' }], '/alerts/0/field'],
    ['an op that is none', [{ ...low, op: 'lt' }], '/alerts/0/op'],
    ['no amount', [{ ...low, amount: undefined }], '/alerts/0/amount'],
    ['a member that is none', [{ ...low, once: true }], '/alerts/0/once'],
    ['two rules of one name', [low, { ...poor, name: 'low' }], '/alerts'],
    ['eleven rules', Array.from({ length: 11 }, (_, at) => ({ ...low, name: `r${at}` })), '/alerts'],
    ['a finer amount than the currency has', [low, { ...poor, amount: '1.001' }], '/alerts/1/amount'],
    ['less than nothing available', [{ ...low, amount: '-1' }], '/alerts/0/amount'],
    ['nothing available', [{ ...low, amount: '0.00' }], '/alerts/0/amount'],
  ])('are refused with %s', async (_, alerts, pointer) => {
    const { status, body } = await change(await walletWith(), alerts);
    expect(status).toBe(400);
    expect(body.errors).toMatchObject([{ pointer }]);
  });

  it('survive a change of other terms, and a closed wallet takes none', async () => {
    const walletId = await walletWith(low);
    await ok(post(api, `/wallets/${walletId}/limits`, { minimumBalance: '-10.00' }, {}, 'PUT'));
    expect((await get(api, `/wallets/${walletId}/alerts`)).body.alerts).toHaveLength(1);
    await debit(walletId, '100.00');
    await ok(post(api, `/wallets/${walletId}/close`, { reason: 'left' }));
    expect((await change(walletId, [])).body.code).toBe('WALLET_CLOSED');
  });
});

describe('a crossing', () => {
  it('stands in the history of the wallet and in the feed, and the version stays that of the movement', async () => {
    const walletId = await walletWith(low, poor);
    expect((await debit(walletId, '70.00')).body).toMatchObject({ version: 3 });
    await debit(walletId, '1.00');
    const { body } = await get(api, `/v1/wallets/${walletId}/events`);
    const rows = body.events as readonly Readonly<Record<string, unknown>>[];
    expect(rows.map(({ type, alerts }) => [type, alerts])).toEqual([
      ['WalletCreated', undefined],
      ['AlertRulesChanged', undefined],
      ['WalletDebited', [low, poor]],
      ['WalletDebited', undefined],
    ]);
    const { events } = await eventPage(api, { walletId, types: 'wallet.alert.v1' });
    expect(events.map(({ data }) => data)).toMatchObject([
      { ...low, value: '30.00', version: 3, eventId: `${walletId}@3`, available: '30.00' },
      { ...poor, value: '30.00', version: 3, eventType: 'wallet.debited.v1', balance: '30.00' },
    ]);
  });

  it('by a placed hold is an alert too, and the sender of a transfer and its receiver have their own', async () => {
    const walletId = await walletWith(low);
    const other = await walletWith({ ...poor, name: 'rich', op: 'above', amount: '110.00' });
    await ok(post(api, `/wallets/${walletId}/holds`, { amount: '55.00' }));
    await ok(post(api, `/wallets/${walletId}/transfer`, { toWalletId: other, amount: '20.00' }));
    const alertsOf = async (id: string) =>
      (await eventPage(api, { walletId: id, types: 'wallet.alert.v1' })).events.map(({ data }) => data);
    expect(await alertsOf(walletId)).toMatchObject([{ name: 'low', eventType: 'hold.placed.v1' }]);
    expect(await alertsOf(other)).toMatchObject([
      { name: 'rich', eventType: 'transfer.received.v1', movementId: `${walletId}@4` },
    ]);
  });
});

/** A wallet whose debit gave two alerts, between events that gave none, and its ids in the feed. */
async function walletWithAlerts(): Promise<{ walletId: string; ids: readonly string[] }> {
  const walletId = await walletWith(low, poor);
  await debit(walletId, '1.00');
  await debit(walletId, '60.00');
  await credit(walletId, '70.00');
  await debit(walletId, '70.00');
  const versions = ['1', '2', '3', '4', '4:01', '4:02', '5', '6', '6:01', '6:02'];
  return { walletId, ids: versions.map((version) => `${walletId}@${version}`) };
}

describe('the feed', () => {
  it('has an alert after its event, and no page parts them, whatever its size and its filter', async () => {
    const { walletId, ids } = await walletWithAlerts();
    const alerts = ids.filter((id) => id.includes(':'));
    const both = ids.filter((id) => /@(3|4|4:..|6|6:..)$/.test(id));
    for (const limit of ['1', '2', '3', '4', '1000'])
      for (const [query, wanted] of [
        [{ walletId }, ids],
        [{ ownerId: walletId }, ids],
        [{ walletId, types: 'wallet.alert.v1' }, alerts],
        [{ walletId, types: 'wallet.debited.v1' }, both.filter((id) => !id.includes(':'))],
        [{ walletId, types: 'wallet.alert.v1,wallet.debited.v1' }, both],
      ] as const) {
        const name = `limit ${limit} ${JSON.stringify(query)}`;
        let after = '0';
        const found: string[] = [];
        for (let hasMore = true; hasMore;) {
          const page = await eventPage(api, { ...query, limit, after });
          const versions = page.events.map(({ data }) => (data as { version: number }).version);
          const isOne = new Set(versions).size === 1;
          expect(page.events.length <= Number(limit) || isOne, name).toBe(true);
          found.push(...page.events.map(({ id }) => id));
          after = page.next;
          hasMore = page.hasMore;
        }
        expect(found, name).toEqual(wanted);
      }
  });

  it('finds alerts in the whole log too, in the order of their events', async () => {
    await walletWithAlerts();
    const { ids } = await everyEventOf(api);
    for (const limit of ['1', '7', '1000'])
      expect((await everyEventOf(api, { types: 'wallet.alert.v1', limit })).ids, limit).toEqual(
        ids.filter((id) => id.includes(':')),
      );
  });

  it('as a stream gives the cursor with the last alert, so a reader that leaves before gets all again', async () => {
    const { walletId, ids } = await walletWithAlerts();
    const stream = await openEvents(api, { walletId, after: '0' });
    const frames: { readonly id: string | undefined; readonly event: string }[] = [];
    while (frames.length < ids.length) {
      const frame = await stream.next();
      if (frame?.event !== undefined) frames.push({ id: frame.id, event: frame.event.id });
    }
    await stream.leave();
    expect(frames.map(({ event }) => event)).toEqual(ids);
    const withoutCursor = frames.filter(({ id }) => id === undefined).map(({ event }) => event);
    expect(withoutCursor).toEqual(['4', '4:01', '6', '6:01'].map((version) => `${walletId}@${version}`));
    for (const [at] of frames.entries()) {
      const lastEventId = frames.slice(0, at + 1).findLast(({ id }) => id !== undefined)?.id ?? '0';
      const { ids: rest } = await everyEventOf(api, { walletId, after: lastEventId });
      const known = frames.slice(0, at + 1).map(({ event }) => event);
      expect([...new Set([...known, ...rest])], `after ${at}`).toEqual(ids);
    }
  });

  it('wakes a reader of alerts alone at the end of the log, and leads a reader of other events past them', async () => {
    const walletId = await walletWith(low);
    const alerts = await openEvents(api, { walletId, after: 'latest', types: 'wallet.alert.v1' });
    const credits = await openEvents(api, { walletId, after: 'latest', types: 'wallet.credited.v1' });
    await debit(walletId, '10.00');
    await debit(walletId, '50.00');
    await credit(walletId, '50.00');
    await debit(walletId, '50.00');
    expect((await alerts.events(2)).map(({ id }) => id)).toEqual([`${walletId}@4:01`, `${walletId}@6:01`]);
    expect((await credits.events(1)).map(({ id }) => id)).toEqual([`${walletId}@5`]);
    await Promise.all([alerts.leave(), credits.leave()]);
  });

  it('stands still for a reader of alerts at an event with alerts that this release cannot read', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    await actEveryEvent(other);
    const { events } = await eventPage(other, { types: 'wallet.alert.v1' });
    const walletId = 'd';
    expect(events.map(({ subject }) => subject)).toEqual([walletId, walletId]);
    await changeLog(
      other.pool,
      `update events set extra = jsonb_set(extra, '{alerts,0,1}', '"mood"') where wallet_id = $1 and extra ? 'alerts'`,
      [walletId],
    );
    const read = async (types: string) => get(other, `/events?walletId=${walletId}&types=${types}`);
    for (const types of ['wallet.alert.v1', 'wallet.debited.v1'])
      expect((await read(types)).body.code, types).toBe('EVENT_UNREADABLE');
    expect((await read('wallet.created.v1')).status).toBe(200);
    await other.close();
    await fresh.drop();
  });
});
