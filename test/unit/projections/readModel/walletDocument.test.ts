import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ordinaryState, type Wallet } from '../../../../src/domain/wallet.ts';
import { freezeScopes } from '../../../../src/domain/terms.ts';
import { currencies } from '../../../../src/domain/currency.ts';
import { amountMinorMax } from '../../../../src/domain/money.ts';
import {
  detailsOf,
  walletDocument,
  walletMappings,
  walletOf,
} from '../../../../src/projections/readModel/walletDocument.ts';

const anyOrdinary = fc.record({
  id: fc.string({ minLength: 1 }),
  ownerId: fc.string(),
  currency: fc.constantFrom(...currencies()),
  balanceMinor: fc.bigInt({ min: 0n, max: amountMinorMax }),
  version: fc.integer({ min: 1 }),
  createdAt: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
  updatedAt: fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }),
});
const minor = fc.bigInt({ min: -amountMinorMax, max: amountMinorMax });
const freeze = fc.record({
  scope: fc.constantFrom(...freezeScopes),
  reason: fc.string(),
  holds: fc.constantFrom('honor', 'block'),
  until: fc.option(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })),
});
const anyState = fc.record({
  heldMinor: fc.bigInt({ min: 0n, max: amountMinorMax }),
  status: fc.constantFrom('active', 'frozen', 'closed'),
  terms: fc.record({
    ...{ minimumMinor: minor, maximumMinor: minor, freeze: fc.option(freeze) },
    velocityRules: fc.nat(20),
    alertRules: fc.array(
      fc.record({
        name: fc.string(),
        field: fc.constantFrom('available' as const, 'balance' as const),
        op: fc.constantFrom('below' as const, 'above' as const),
        amountMinor: minor,
      }),
      { maxLength: 10 },
    ),
  }),
  termsVersion: fc.integer({ min: 1 }),
  detailsVersion: fc.integer({ min: 0 }),
});
const anyWallet = fc
  .tuple(anyOrdinary, fc.oneof(fc.constant(ordinaryState), anyState))
  .map(([ordinary, state]): Wallet => ({ ...ordinary, ...state }));

/** Keys of metadata and labels as the API takes them; a value may be any text. */
const anyDetails = fc.record({
  metadata: fc.dictionary(fc.stringMatching(/^[A-Za-z0-9_.-]{1,40}$/), fc.string(), {
    noNullPrototype: true,
  }),
  labels: fc.array(fc.string({ minLength: 1 })),
});

it('shows the balance as exact decimal text, even if a JSON number would lose digits', () => {
  const wallet = {
    id: 'wallet-001',
    ownerId: 'ann',
    currency: 'USD',
    balanceMinor: amountMinorMax,
    version: 1,
    createdAt: new Date(0),
    updatedAt: new Date(1),
    ...ordinaryState,
  };
  expect(walletDocument(wallet)).toEqual({
    id: 'wallet-001',
    ownerId: 'ann',
    currency: 'USD',
    balance: '9999999999999999.99',
    balanceMinor: '999999999999999999',
    version: 1,
    createdAt: '1970-01-01T00:00:00.000Z',
    updatedAt: '1970-01-01T00:00:00.001Z',
  });
});

it('is read back as the same wallet after a journey as JSON', () => {
  fc.assert(
    fc.property(anyWallet, (wallet) => {
      const json = JSON.stringify(walletDocument(wallet));
      expect(walletOf(JSON.parse(json) as ReturnType<typeof walletDocument>)).toEqual(wallet);
    }),
  );
});

it('shows metadata and labels, whatever they hold, and never as fields of their own', () => {
  fc.assert(
    fc.property(anyWallet, anyDetails, (wallet, details) => {
      const document = walletDocument(wallet, details);
      expect(detailsOf(JSON.parse(JSON.stringify(document)) as typeof document)).toEqual(details);
    }),
  );
});

it('has a mapping for each of its fields and for no other', () => {
  const found = new Set<string>();
  fc.assert(
    fc.property(anyWallet, anyDetails, (wallet, details) => {
      for (const field of Object.keys(walletDocument({ ...wallet, id: `acme/${wallet.id}` }, details)))
        found.add(field);
    }),
  );
  expect([...found].sort()).toEqual(Object.keys(walletMappings.properties).sort());
});
