// Commands that leave every type of event in the log.
import { expect } from 'vitest';
import { get, post, readAnswer, type TestApi } from './api.ts';

async function ok(answer: ReturnType<typeof post>) {
  const found = await answer;
  expect(found.status, JSON.stringify(found.body)).toBeLessThan(300);
}

async function send(
  api: Pick<TestApi, 'app'>,
  method: string,
  path: string,
  body: object,
  mediaType = 'application/json',
) {
  const headers = { 'content-type': mediaType };
  return readAnswer(await api.app.request(path, { method, headers, body: JSON.stringify(body) }));
}

/** Makes wallets a, b, c and d with events of every type, and with money in each direction. */
export async function actEveryEvent(api: Pick<TestApi, 'app'>): Promise<void> {
  const of = (id: string, path: string, body: object = {}) => ok(post(api, `/wallets/${id}/${path}`, body));
  for (const [walletId, initialBalance] of [
    ['a', '100.00'],
    ['b', '0.00'],
    ['c', '0.00'],
    ['d', '7.00'],
  ])
    await ok(post(api, '/wallets', { walletId, ownerId: 'o', initialBalance }));
  await of('a', 'credit', { amount: '20.00' });
  await of('a', 'debit', { amount: '5.00' });
  for (const holdId of ['open', 'partial', 'void', 'more'])
    await of('a', 'holds', { amount: '10.00', holdId });
  await of('a', 'holds', { amount: '6.00', holdId: 'to-b', toWalletId: 'b' });
  await of('a', 'holds/partial/capture', { amount: '3.00', final: false });
  await of('a', 'holds/partial/capture', { amount: '2.00' });
  await of('a', 'holds/void/void');
  await of('a', 'holds/open/adjust', { amount: '12.00' });
  await of('a', 'holds/open/adjust', { amount: '11.00' });
  await of('a', 'holds/more/capture', { amount: '15.00', overcapture: true });
  await of('a', 'holds/to-b/capture', { amount: '4.00', final: false });
  await of('a', 'transfer', { toWalletId: 'b', amount: '8.00' });
  const { events } = (await get(api, '/wallets/a/events')).body as {
    events: readonly { readonly type: string; readonly version: number }[];
  };
  const versionOf = (type: string) => events.find((event) => event.type === type)?.version;
  await of('a', `events/${versionOf('WalletCredited')}/reverse`, { amount: '1.00' });
  await of('a', `events/${versionOf('WalletDebited')}/reverse`, { amount: '2.00' });
  await of('a', `events/${versionOf('TransferSent')}/reverse`, { amount: '3.00' });
  await ok(send(api, 'PUT', '/wallets/c/limits', { minimumBalance: '-50.00' }));
  await of('c', 'debit', { amount: '30.00' });
  await of('c', 'freeze', { scope: 'debits', reason: 'a check' });
  await of('c', 'unfreeze', { reason: 'done' });
  await ok(send(api, 'PATCH', '/wallets/d', { labels: ['old'] }, 'application/merge-patch+json'));
  const rules = [{ name: 'a-day', window: 'day', direction: 'out', maxAmount: '9.00' }];
  await ok(send(api, 'PUT', '/wallets/d/velocity', { rules }));
  const alerts = [{ name: 'low', field: 'available', op: 'below', amount: '6.00' }];
  await ok(send(api, 'PUT', '/wallets/d/alerts', { alerts }));
  await of('d', 'holds', { amount: '1.50', holdId: 'low' });
  await of('d', 'holds/low/void');
  await of('d', 'debit', { amount: '7.00' });
  await of('d', 'close', { reason: 'left' });
}
