// Random commands on a few wallets. Many are refused, and none is wrong.
import fc from 'fast-check';
import type { TestApi } from './api.ts';

const wallet = fc.constantFrom('a', 'b', 'c', 'acme-d');
const amount = fc.integer({ min: 1, max: 900 }).map((cents) => (cents / 100).toFixed(2));
const holdId = fc.constantFrom('h1', 'h2', 'h3');

/** A request: its method, its path below /wallets, and its body. */
export const actions = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      wallet.map((id) => `/${id}/credit`),
      fc.record({ amount }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      wallet.map((id) => `/${id}/debit`),
      fc.record({ amount }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      wallet.map((id) => `/${id}/transfer`),
      fc.record({ amount, toWalletId: wallet }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      wallet.map((id) => `/${id}/holds`),
      fc.record({ amount, holdId, toWalletId: fc.option(wallet, { nil: undefined }) }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      fc.tuple(wallet, holdId).map(([id, hold]) => `/${id}/holds/${hold}/capture`),
      fc.record({ amount, final: fc.boolean() }),
    ),
  },
  fc.tuple(
    fc.constant('POST'),
    fc.tuple(wallet, holdId).map(([id, hold]) => `/${id}/holds/${hold}/void`),
    fc.constant({}),
  ),
  fc.tuple(
    fc.constant('POST'),
    fc.tuple(wallet, holdId).map(([id, hold]) => `/${id}/holds/${hold}/adjust`),
    fc.record({ amount }),
  ),
  {
    weight: 4,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      fc
        .tuple(wallet, fc.integer({ min: 1, max: 40 }))
        .map(([id, version]) => `/${id}/events/${version}/reverse`),
      fc.record({ amount: fc.constantFrom('0.01', '0.02', '1.00') }),
    ),
  },
  fc.tuple(
    fc.constant('PATCH'),
    wallet.map((id) => `/${id}`),
    fc.record({
      labels: fc.subarray(['x', 'y', 'z']),
      metadata: fc.record({ k: fc.constantFrom('1', '2') }),
    }),
  ),
  fc.tuple(
    fc.constant('PUT'),
    wallet.map((id) => `/${id}/limits`),
    fc.record({ minimumBalance: fc.constantFrom('-20.00', '0.00') }),
  ),
  fc.tuple(
    fc.constant('PUT'),
    wallet.map((id) => `/${id}/velocity`),
    fc.record({
      rules: fc.subarray([
        { name: 'out', window: 'lifetime', direction: 'out', maxAmount: '90.00' },
        { name: 'in', window: 'day', direction: 'in', maxCount: 50 },
      ]),
    }),
  ),
  fc.tuple(
    fc.constant('POST'),
    wallet.map((id) => `/${id}/freeze`),
    fc.constant({ scope: 'debits', reason: 'r' }),
  ),
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant('POST'),
      wallet.map((id) => `/${id}/unfreeze`),
      fc.constant({ reason: 'r' }),
    ),
  },
);
export type Action = ReturnType<(typeof actions)['generate']>['value_'];

/** Sends the request, to a wallet that is there. Returns the status. */
export async function act(api: Pick<TestApi, 'app'>, [method, path, body]: Action): Promise<number> {
  const send = async (verb: string, to: string, content: object) => {
    const kind = verb === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const request = { method: verb, headers: { 'content-type': kind }, body: JSON.stringify(content) };
    return (await api.app.request(to, request)).status;
  };
  const status = await send(method, `/wallets${path}`, body);
  if (status !== 404) return status;
  const [, walletId = ''] = path.split('/');
  return send('POST', '/wallets', { walletId, ownerId: 'o', initialBalance: '50.00' });
}
