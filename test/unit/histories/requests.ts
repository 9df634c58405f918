// Generates random requests for the pure histories. They use few wallets and few keys, so that requests often
// collide, and amounts around every limit.
import fc from 'fast-check';
import { largestMinor, modelCurrencies, type Request } from '../../support/model.ts';

export interface Step {
  readonly request: Request;
  readonly key: string | undefined;
  /** Milliseconds of the database's clock since the last step. Negative if another clock answers. */
  readonly afterMs: number;
  /** True if a new batch begins with this step. */
  readonly isBatchStart: boolean;
}

/** Most histories never create "x", so requests to a missing wallet occur too. */
const walletId = fc.constantFrom('a', 'b', 'c', 'd', 'x');
const currency = fc.oneof(
  { weight: 6, arbitrary: fc.constant('USD') },
  { weight: 1, arbitrary: fc.constantFrom(...modelCurrencies) },
);

const borders = [
  '0', '0.00', '00.1', '01', '.5', '5.', '-1', '+1', '1e3', '1E2', ' 1', '1 ', '', 'NaN', 'Infinity', '0x10', '1,5',
  '1.2.3', '1.234', '1.23456', '٣', '9007199254740993', '9007199254740993.01', '9999999999999999.99',
  '10000000000000000.00', '999999999999999999', '1000000000000000000', '99999999999999999999999999', '0.01', '0.1',
]; // prettier-ignore

const amount = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .nat(3_000)
      .map((cents) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`),
  },
  { weight: 4, arbitrary: fc.nat(50).map(String) },
  { weight: 2, arbitrary: fc.constantFrom(...borders) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: largestMinor }).map(String) },
);
const ifMatch = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });
const description = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 12 }));

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

const request: fc.Arbitrary<Request> = fc.oneof(
  { weight: 4, arbitrary: create },
  { weight: 8, arbitrary: fc.record(movement) },
  { weight: 2, arbitrary: fc.record({ ...movement, ifMatch }) },
  { weight: 6, arbitrary: fc.record(transfer) },
  { weight: 2, arbitrary: fc.record({ ...transfer, ifMatch }) },
);

const step: fc.Arbitrary<Step> = fc.record({
  request,
  key: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { freq: 3, nil: undefined }),
  afterMs: fc.integer({ min: -3, max: 20 }),
  isBatchStart: fc.boolean(),
});

/**
 * Every history begins with these wallets, so that even short histories move money. One wallet is nearly
 * full.
 */
const beginning: readonly Step[] = (
  [
    ['a', 'USD', '20.00'],
    ['b', 'USD', '20.00'],
    ['c', 'USD', '9999999999999990.00'],
    ['d', 'JPY', '20'],
  ] as const
).map(([id, held, initialBalance]) => ({
  request: { kind: 'create', walletId: id, ownerId: 'owner-1', currency: held, initialBalance },
  key: undefined,
  afterMs: 1,
  isBatchStart: true,
}));

/**
 * A new step, or a repeat of an earlier step. Random steps alone would hardly ever repeat a request under its
 * key.
 */
const stepOrRepeat = fc.tuple(step, fc.option(fc.nat(), { freq: 3, nil: undefined }));

export const histories: fc.Arbitrary<readonly Step[]> = fc
  .array(stepOrRepeat, { maxLength: 16, size: 'max' })
  .map((steps) =>
    steps.reduce<readonly Step[]>((history, [made, repeats]) => {
      const earlier =
        repeats === undefined ? undefined : history[history.length - 1 - (repeats % history.length)];
      return [
        ...history,
        earlier === undefined ? made : { ...made, request: earlier.request, key: earlier.key },
      ];
    }, beginning),
  );

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
  return fc.array(fc.tuple(of, stepOrRepeat), { maxLength: 16, size: 'max' }).map((steps) =>
    steps.reduce<readonly TenantStep[]>((history, [tenant, [made, repeats]]) => {
      const earlier =
        repeats === undefined ? undefined : history[history.length - 1 - (repeats % history.length)];
      const { request: asked, key } = earlier ?? made;
      return [...history, { ...made, request: asked, key, tenant }];
    }, first),
  );
}
