// Generates requests about holds, reversals and wallets themselves for the pure histories. They use few
// holds, and times at the very ends of holds and freezes.
import fc from 'fast-check';
import type { Request } from '../../support/model/requests.ts';
import { amount, description, ifMatch, walletId as anyWalletId } from './values.ts';

/** Mostly one wallet and one hold, so that requests meet what earlier ones left. */
const walletId = fc.oneof(
  { weight: 7, arbitrary: fc.constant('a') },
  { weight: 2, arbitrary: fc.constant('b') },
  { weight: 1, arbitrary: anyWalletId },
);
const holdId = fc.oneof(
  { weight: 4, arbitrary: fc.constant('h1') },
  { weight: 1, arbitrary: fc.constantFrom('h2', 'h3') },
);
const time = fc.constantFrom(
  ...['2025-12-31T23:59:59.000Z', '2026-01-01T00:00:01.010Z', '2026-01-01T00:00:02.000Z'],
  ...['2026-01-01T00:00:03.000Z', '2027-01-02T00:00:00.000Z', '2028-01-01T00:00:00Z'],
);
const expiry = fc.oneof(
  { weight: 3, arbitrary: fc.record({ expiresInSeconds: fc.constantFrom(1, 2, 3600, 366 * 86_400) }) },
  { weight: 2, arbitrary: fc.record({ expiresAt: time }) },
  { weight: 1, arbitrary: fc.constant({}) },
);
const small = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }).map(String) },
  { weight: 1, arbitrary: amount },
);
const sometimes = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const place = fc
  .tuple(
    fc.record(
      {
        ...{ kind: fc.constant('place' as const), walletId, holdId, amount: small, description },
        toWalletId: fc.oneof(fc.constant('b'), anyWalletId),
        metadata: fc.constantFrom({ order: 'o-1' }, {}),
      },
      { requiredKeys: ['kind', 'walletId', 'holdId', 'amount', 'description'] },
    ),
    expiry,
  )
  .map(([request, expires]) => ({ ...request, ...expires }));

const capture = fc.record(
  {
    ...{ kind: fc.constant('capture' as const), walletId, holdId, description },
    ...{ amount: small, final: fc.boolean(), overcapture: fc.boolean() },
  },
  { requiredKeys: ['kind', 'walletId', 'holdId', 'description'] },
);

const reason = fc.constantFrom('stolen card', 'asked by its owner');
const voided = fc.record({ kind: fc.constant('void' as const), walletId, holdId, reason });

const adjust = fc.oneof(
  fc
    .tuple(fc.record({ kind: fc.constant('adjust' as const), walletId, holdId, amount: small }), expiry)
    .map(([request, expires]) => ({ ...request, ...expires })),
  fc.record({
    ...{ kind: fc.constant('adjust' as const), walletId, holdId },
    expiresInSeconds: fc.constantFrom(1, 5),
  }),
);

const freeze = fc.record(
  {
    kind: fc.constant('freeze' as const),
    ...{ walletId, reason, scope: fc.constantFrom('debits' as const, 'credits' as const, 'all' as const) },
    holds: fc.constantFrom('honor' as const, 'block' as const),
    until: time,
  },
  { requiredKeys: ['kind', 'walletId', 'reason', 'scope'] },
);
const unfreeze = fc.record({ kind: fc.constant('unfreeze' as const), walletId, reason });
const close = fc.record(
  { kind: fc.constant('close' as const), walletId, reason, sweepToWalletId: anyWalletId },
  { requiredKeys: ['kind', 'walletId', 'reason'] },
);

const limit = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('0', '5', '-30', '-5.00', '50', '-0', '10000') },
  { weight: 1, arbitrary: amount },
);
const limits = fc.record(
  { kind: fc.constant('limits' as const), walletId, minimumBalance: limit, maximumBalance: limit },
  { requiredKeys: ['kind', 'walletId'] },
);

const most = fc.constantFrom('1', '5', '10', '10.00', '25', '0', '1.234', '9999999999999999.99');
const rule = fc
  .record(
    {
      name: fc.constantFrom('one', 'two', 'three'),
      window: fc.constantFrom('transaction' as const, 'day' as const, 'month' as const, 'lifetime' as const),
      direction: fc.constantFrom('out' as const, 'out' as const, 'in' as const),
      ...{ maxAmount: most, maxCount: fc.constantFrom(1, 2, 3, 1_000_000_000) },
    },
    { requiredKeys: ['name', 'window', 'direction'] },
  )
  .map(({ maxCount, maxAmount, ...named }) => ({
    ...named,
    // A rule has at least one of the two, and a rule of one movement has no number of movements.
    ...((maxAmount !== undefined || maxCount === undefined || named.window === 'transaction') && {
      maxAmount: maxAmount ?? '8',
    }),
    ...(maxCount !== undefined && named.window !== 'transaction' && { maxCount }),
  }));
const velocity = fc.record({
  kind: fc.constant('velocity' as const),
  walletId,
  rules: fc.uniqueArray(rule, { maxLength: 3, selector: ({ name }) => name }),
});

const alert = fc.record({
  name: fc.constantFrom('one', 'two', 'three', 'four'),
  field: fc.constantFrom('available' as const, 'balance' as const),
  op: fc.constantFrom('below' as const, 'above' as const),
  amount: fc.constantFrom('0', '5', '8.00', '14', '17', '20', '25', '-4', '-0', '0.001'),
});
const alerts = fc.record({
  kind: fc.constant('alerts' as const),
  walletId,
  alerts: fc.uniqueArray(alert, { maxLength: 4, selector: ({ name }) => name }),
});

/** More than a wallet keeps: by the number of keys, and by the bytes. */
const tooMuch = [
  Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key-${index}`, ''])),
  Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`key-${index}`, 'x'.repeat(490)])),
];
const key = fc.constantFrom('b', 'aa', 'c.3', '7', '_d');
const metadata = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.dictionary(key, fc.constantFrom('one', 'two', null), { noNullPrototype: true }),
  },
  { weight: 1, arbitrary: fc.constantFrom(...tooMuch) },
);
const labels = fc.array(fc.constantFrom('vip', 'new', 'Ä'), { maxLength: 4 });
const details = fc.record(
  { kind: fc.constant('details' as const), walletId, metadata, labels },
  { requiredKeys: ['kind', 'walletId'] },
);

const reverse = fc.record(
  {
    kind: fc.constant('reverse' as const),
    ...{ walletId, version: fc.constantFrom(1, 2, 2, 3, 4, 4, 5, 6, 7), description, amount: small },
    reason: fc.constantFrom('mistake' as const, 'refund' as const, 'fraud' as const),
  },
  { requiredKeys: ['kind', 'walletId', 'version', 'description'] },
);

const onWallet = fc.oneof(
  { weight: 6, arbitrary: place },
  { weight: 6, arbitrary: capture },
  { weight: 2, arbitrary: voided },
  { weight: 4, arbitrary: adjust },
  { weight: 1, arbitrary: freeze },
  { weight: 1, arbitrary: unfreeze },
  { weight: 1, arbitrary: close },
  { weight: 2, arbitrary: limits },
  { weight: 3, arbitrary: velocity },
  { weight: 3, arbitrary: alerts },
  { weight: 2, arbitrary: details },
  { weight: 6, arbitrary: reverse },
);

export const statefulRequest = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(onWallet, sometimes(ifMatch))
      .map(([request, versions]) => (versions === undefined ? request : { ...request, ifMatch: versions })),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endDue' as const), walletId }) },
) as fc.Arbitrary<Request>;
