// Generates random requests for the pure histories. They use few wallets and few keys, so that requests often
// collide, and amounts around every limit.
import fc from 'fast-check';
import { modelCurrencies } from '../../support/model/amounts.ts';
import type { MovingRequest, Request } from '../../support/model/requests.ts';
import { statefulRequest } from './statefulRequests.ts';
import { amount, description, ifMatch, walletId } from './values.ts';

export interface Step {
  readonly request: Request;
  readonly key: string | undefined;
  /** Milliseconds of the database's clock since the last step. Negative if another clock answers. */
  readonly afterMs: number;
  /** True if a new batch begins with this step. */
  readonly isBatchStart: boolean;
}

const currency = fc.oneof(
  { weight: 6, arbitrary: fc.constant('USD') },
  { weight: 1, arbitrary: fc.constantFrom(...modelCurrencies) },
);

const create = fc.record({
  kind: fc.constant('create' as const),
  walletId,
  ownerId: fc.constantFrom('owner-1', 'owner-2'),
  currency,
  initialBalance: amount,
});

const movement = {
  kind: fc.constantFrom('credit' as const, 'debit' as const),
  ...{ walletId, amount, description },
};
const transfer = { ...movement, kind: fc.constant('transfer' as const), toWalletId: walletId };

const movingRequest: fc.Arbitrary<MovingRequest> = fc.oneof(
  { weight: 4, arbitrary: create },
  { weight: 8, arbitrary: fc.record(movement) },
  { weight: 2, arbitrary: fc.record({ ...movement, ifMatch }) },
  { weight: 6, arbitrary: fc.record(transfer) },
  { weight: 2, arbitrary: fc.record({ ...transfer, ifMatch }) },
);

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 1, arbitrary: movingRequest },
  { weight: 2, arbitrary: statefulRequest },
);

function stepOf(requests: fc.Arbitrary<Request>): fc.Arbitrary<Step> {
  return fc.record({
    request: requests,
    key: fc.oneof(fc.constant(undefined), fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8')),
    // Holds and freezes end after a second or two: one millisecond before, at, and after that.
    afterMs: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -3, max: 20 }) },
      { weight: 2, arbitrary: fc.constantFrom(970, 999, 1000, 1001, 2000) },
      // The windows of velocity rules end with a day and with a month.
      { weight: 1, arbitrary: fc.constantFrom(86_399_000, 86_400_000, 31 * 86_400_000) },
    ),
    isBatchStart: fc.boolean(),
  });
}

/**
 * Every history begins with these wallets, so that even short histories move money. One wallet is nearly
 * full.
 */
const wallets: readonly Request[] = (
  [
    ['a', 'USD', '20.00'],
    ['b', 'USD', '20.00'],
    ['c', 'USD', '9999999999999990.00'],
    ['d', 'JPY', '20'],
  ] as const
).map(([id, held, initialBalance]) => ({
  ...{ kind: 'create', walletId: id, ownerId: 'owner-1', currency: held, initialBalance },
}));
/** Movements of "a" that may be reversed: versions 2 to 4. */
const movements: readonly Request[] = [
  { kind: 'credit', walletId: 'a', amount: '5', description: '' },
  { kind: 'debit', walletId: 'a', amount: '3', description: '' },
  { kind: 'transfer', walletId: 'a', amount: '4', description: '', toWalletId: 'b' },
];
/** Rules that small movements cross in both directions. */
const alertRules = (
  [
    ['a', '17'],
    ['b', '24'],
  ] as const
).map(([walletId, less]): Request => ({
  ...{ kind: 'alerts', walletId },
  alerts: [
    { name: 'low', field: 'available', op: 'below', amount: '17' },
    { name: 'lower', field: 'available', op: 'below', amount: '13' },
    { name: 'empty', field: 'available', op: 'below', amount: '6' },
    { name: 'some', field: 'available', op: 'above', amount: '8' },
    { name: 'back', field: 'available', op: 'above', amount: '14' },
    { name: 'more', field: 'available', op: 'above', amount: '17.50' },
    { name: 'rich', field: 'balance', op: 'above', amount: '21.50' },
    { name: 'full', field: 'balance', op: 'above', amount: '18' },
    { name: 'poor', field: 'balance', op: 'below', amount: '12' },
    { name: 'less', field: 'balance', op: 'below', amount: less },
  ],
}));

const begun = (requests: readonly Request[]) =>
  requests.map((request): Step => ({ request, key: undefined, afterMs: 1, isBatchStart: true }));
const beginning = begun([...wallets, ...movements]);
/** A wallet with rules is no ordinary one, so only every other history begins with some. */
const beginningWithAlerts = [...beginning, ...begun(alertRules)];

/**
 * A new step, or a repeat of an earlier step. Random steps alone would hardly ever repeat a request under its
 * key.
 */
const repeated = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.nat() },
);
const stepOrRepeat = fc.tuple(stepOf(request), repeated);

export const histories: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    fc.constantFrom(beginning, beginningWithAlerts),
    fc.array(stepOrRepeat, { maxLength: 16, size: 'max' }),
  )
  .map(([first, steps]) =>
    steps.reduce<readonly Step[]>((history, [made, repeats]) => {
      const earlier =
        repeats === undefined ? undefined : history[history.length - 1 - (repeats % history.length)];
      return [
        ...history,
        earlier === undefined ? made : { ...made, request: earlier.request, key: earlier.key },
      ];
    }, first),
  );

/** Places one hold more than a wallet may have. */
export const manyHolds: readonly Step[] = inOneWallet(
  Array.from({ length: 1_001 }, (_, index): Request => {
    const shared = { kind: 'place', walletId: 'c', description: '' } as const;
    return { ...shared, holdId: `h${index}`, amount: '0.01' };
  }),
);

/** Captures a hold once more than it may be, which only a final capture ends. */
export const manyCaptures: readonly Step[] = inOneWallet([
  { kind: 'place', walletId: 'c', holdId: 'h1', amount: '70', description: '' },
  ...Array.from({ length: 50 }, (): Request => {
    const shared = { kind: 'capture', walletId: 'c', description: '' } as const;
    return { ...shared, holdId: 'h1', amount: '1', final: false };
  }),
  { kind: 'capture', walletId: 'c', holdId: 'h1', amount: '1', final: true, description: '' },
]);

/** Reverses a credit once more than it may be reversed in parts, and then the rest of it. */
export const manyReversals: readonly Step[] = inOneWallet([
  { kind: 'credit', walletId: 'c', amount: '2', description: '' },
  ...Array.from({ length: 100 }, (): Request => {
    return { kind: 'reverse', walletId: 'c', version: 2, amount: '0.01', description: '' };
  }),
  { kind: 'reverse', walletId: 'c', version: 2, description: '' },
]).map((step) => ({ ...step, isBatchStart: true }));

function inOneWallet(requests: readonly Request[]): readonly Step[] {
  const steps = requests.map((request): Step => ({
    request,
    key: undefined,
    afterMs: 1,
    isBatchStart: false,
  }));
  return [...beginning, ...steps.map((step, index) => ({ ...step, isBatchStart: index % 200 === 0 }))];
}

export interface TenantStep extends Step {
  readonly tenant: string;
}

/**
 * Histories of several tenants with equal wallet ids, owners and keys. Each step may repeat an earlier one,
 * also that of another tenant.
 */
export function tenantHistories(tenants: readonly string[]): fc.Arbitrary<readonly TenantStep[]> {
  const of = fc.constantFrom(...tenants);
  const first = tenants.flatMap((tenant) =>
    beginning.slice(0, 2).map((begun, at): TenantStep => ({ ...begun, tenant, key: `k${at + 1}` })),
  );
  const moving = fc.tuple(stepOf(movingRequest), repeated);
  return fc.array(fc.tuple(of, moving), { maxLength: 16, size: 'max' }).map((steps) =>
    steps.reduce<readonly TenantStep[]>((history, [tenant, [made, repeats]]) => {
      const earlier =
        repeats === undefined ? undefined : history[history.length - 1 - (repeats % history.length)];
      const { request: asked, key } = earlier ?? made;
      return [...history, { ...made, request: asked, key, tenant }];
    }, first),
  );
}
