import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/domain/commands.ts';
import { decide } from '../../../src/domain/decide/decide.ts';
import { accepted } from '../../../src/domain/decide/decision.ts';
import { amountMinorMax } from '../../../src/domain/money.ts';
import { rejectionCodes } from '../../../src/domain/rejections.ts';
import { emptyState } from '../../../src/domain/state.ts';
import { BrokenStreamError, evolve, ordinaryState, type Wallet } from '../../../src/domain/wallet.ts';

const yesterday = new Date('2026-01-01T00:00:00.000Z');
const now = new Date('2026-01-02T00:00:00.000Z');

function wallet(id: string, balanceMinor: bigint, more: Partial<Wallet> = {}): Wallet {
  return {
    id,
    ownerId: 'owner',
    currency: 'USD',
    balanceMinor,
    version: 3,
    createdAt: yesterday,
    updatedAt: yesterday,
    ...ordinaryState,
    ...more,
  };
}

const credit = {
  type: 'CreditWallet',
  walletId: 'a',
  amount: '1.50',
  description: 'd',
  expectedVersions: undefined,
} as const;
const debit = { ...credit, type: 'DebitWallet' } as const;
const transfer = { ...credit, type: 'TransferFunds', toWalletId: 'b', transferId: 't-1' } as const;
const create = {
  type: 'CreateWallet',
  walletId: 'a',
  ownerId: 'o',
  currency: 'USD',
  initialBalance: '100.00',
} as const;

function given(...wallets: Wallet[]) {
  const byId = new Map(wallets.map((each) => [each.id, each]));
  return {
    when: (command: Command) => {
      const decision = decide(command, { ...emptyState(), wallets: byId }, now);
      return {
        thenEvents: (...expected: object[]) => {
          expect(decision).toHaveProperty('accepted');
          if (!('accepted' in decision)) return;
          expect(
            decision.accepted.events.map(({ walletId, version, event }) => ({ walletId, version, ...event })),
          ).toEqual(expected);
        },
        thenRefused: (code: string, more: object = {}) => {
          expect(decision).toMatchObject({ rejected: { code, ...more } });
        },
        decision,
      };
    },
  };
}

describe('creating a wallet', () => {
  it('makes version 1 with the initial balance', () => {
    given().when(create).thenEvents({
      walletId: 'a',
      version: 1,
      type: 'WalletCreated',
      ownerId: 'o',
      currency: 'USD',
      balanceMinor: 10000n,
    });
  });
  it('may start empty', () => {
    given()
      .when({ ...create, initialBalance: '0' })
      .thenEvents(expect.objectContaining({ balanceMinor: 0n }) as object);
  });
  it('is refused if the id is taken, before anything else is checked', () => {
    given(wallet('a', 0n))
      .when({ ...create, initialBalance: '1.234' })
      .thenRefused('WALLET_ALREADY_EXISTS');
  });
  it('is refused for an amount that the currency does not have', () => {
    given()
      .when({ ...create, currency: 'JPY', initialBalance: '1.5' })
      .thenRefused('AMOUNT_INVALID', { field: { name: 'initialBalance' } });
  });
});

describe('crediting and debiting', () => {
  it('adds to the balance and to the version', () => {
    given(wallet('a', 100n)).when(credit).thenEvents({
      walletId: 'a',
      version: 4,
      type: 'WalletCredited',
      currency: 'USD',
      amountMinor: 150n,
      balanceMinor: 250n,
      description: 'd',
    });
  });
  it('takes down to zero', () => {
    given(wallet('a', 150n)).when(debit).thenEvents({
      walletId: 'a',
      version: 4,
      type: 'WalletDebited',
      currency: 'USD',
      amountMinor: 150n,
      balanceMinor: 0n,
      description: 'd',
    });
  });
  it('never takes more than there is', () => {
    given(wallet('a', 149n)).when(debit).thenRefused('INSUFFICIENT_FUNDS', { walletId: 'a' });
  });
  it('says by which numbers, in decimals of the currency', () => {
    const numbers = { available: '1.49', held: '0.00', requested: '1.50', currency: 'USD' };
    given(wallet('a', 149n)).when(debit).thenRefused('INSUFFICIENT_FUNDS', { numbers });
    given(wallet('a', 149n, { currency: 'JPY' }))
      .when({ ...debit, amount: '150' })
      .thenRefused('INSUFFICIENT_FUNDS', {
        numbers: { available: '149', held: '0', requested: '150', currency: 'JPY' },
      });
  });
  it('never adds past the maximum', () => {
    given(wallet('a', amountMinorMax - 149n))
      .when(credit)
      .thenRefused('BALANCE_LIMIT_EXCEEDED');
    given(wallet('a', amountMinorMax - 150n))
      .when(credit)
      .thenEvents(expect.objectContaining({ balanceMinor: amountMinorMax }) as object);
  });
  it('needs a wallet', () => {
    given().when(credit).thenRefused('WALLET_NOT_FOUND', { walletId: 'a' });
    given().when(debit).thenRefused('WALLET_NOT_FOUND', { walletId: 'a' });
  });
  it('is refused if the caller saw another version', () => {
    given(wallet('a', 100n))
      .when({ ...credit, expectedVersions: [2] })
      .thenRefused('VERSION_MISMATCH', { currentVersion: 3 });
    given(wallet('a', 100n))
      .when({ ...credit, expectedVersions: [1, 3] })
      .thenEvents(expect.objectContaining({ version: 4 }) as object);
  });
  it.each(['0', '0.00', '1.234', '-1', '1e3'])('refuses the amount %j', (amount) => {
    given(wallet('a', 100n))
      .when({ ...credit, amount })
      .thenRefused('AMOUNT_INVALID', { field: { name: 'amount' } });
  });
});

describe('transferring', () => {
  it('takes from one and gives to the other what was taken', () => {
    const shared = { transferId: 't-1', currency: 'USD', amountMinor: 150n, description: 'd' };
    given(wallet('a', 200n), wallet('b', 10n, { version: 7 }))
      .when(transfer)
      .thenEvents(
        {
          walletId: 'a',
          version: 4,
          type: 'TransferSent',
          toWalletId: 'b',
          balanceMinor: 50n,
          toBalanceMinor: 160n,
          ...shared,
        },
        {
          walletId: 'b',
          version: 8,
          type: 'TransferReceived',
          fromWalletId: 'a',
          balanceMinor: 160n,
          ...shared,
        },
      );
  });
  it('is refused to the wallet itself, whether it exists or not', () => {
    given()
      .when({ ...transfer, toWalletId: 'a' })
      .thenRefused('SAME_WALLET');
  });
  it('names the wallet that does not exist, the sender first', () => {
    given().when(transfer).thenRefused('WALLET_NOT_FOUND', { walletId: 'a' });
    given(wallet('a', 1n)).when(transfer).thenRefused('WALLET_NOT_FOUND', { walletId: 'b' });
  });
  it('stays inside one currency', () => {
    given(wallet('a', 200n), wallet('b', 0n, { currency: 'EUR' }))
      .when(transfer)
      .thenRefused('CURRENCY_MISMATCH');
  });
  it('never takes more than the sender has, nor gives more than the receiver may have', () => {
    given(wallet('a', 149n), wallet('b', 0n))
      .when(transfer)
      .thenRefused('INSUFFICIENT_FUNDS', { walletId: 'a' });
    given(wallet('a', 150n), wallet('b', amountMinorMax))
      .when(transfer)
      .thenRefused('BALANCE_LIMIT_EXCEEDED', { walletId: 'b' });
  });
  it('never tells the balance of the wallet that receives', () => {
    const { decision } = given(wallet('a', 150n), wallet('b', amountMinorMax - 100n)).when(transfer);
    expect('rejected' in decision && decision.rejected.numbers).toEqual({
      requested: '1.50',
      limit: '9999999999999999.99',
      currency: 'USD',
    });
  });
});

describe('the order of refusals', () => {
  it('is that of the codes: with each fault corrected, the next one is told', () => {
    const [a, b] = [wallet('a', 149n), wallet('b', amountMinorMax, { currency: 'EUR' })];
    const usd = wallet('b', amountMinorMax);
    const all = { ...transfer, toWalletId: 'a', amount: '1.234', expectedVersions: [2] };
    const toOther = { ...all, toWalletId: 'b' };
    const anyVersion = { ...toOther, expectedVersions: undefined };
    const steps: readonly (readonly [Wallet[], Command])[] = [
      [[], all],
      [[], toOther],
      [[a, b], toOther],
      [[a, b], anyVersion],
      [[a, b], transfer],
      [[a, usd], transfer],
      [[wallet('a', 150n), usd], transfer],
    ];
    const codes = steps.map(([wallets, command]) => {
      const { decision } = given(...wallets).when(command);
      return 'rejected' in decision && decision.rejected.code;
    });
    // Only a creation meets the first code, and `creating a wallet` shows that it comes first there.
    const ofTransfers = new Set(codes);
    expect(codes).toEqual(rejectionCodes.filter((code) => ofTransfers.has(code)));
    expect(codes).toHaveLength(steps.length);
  });
});

describe('several events of one command', () => {
  const event = (type: 'WalletCredited' | 'WalletDebited', amountMinor: bigint, balanceMinor: bigint) =>
    ({ type, currency: 'USD', amountMinor, balanceMinor, description: '' }) as const;
  const wallets = new Map([wallet('a', 10n), wallet('b', 0n)].map((each) => [each.id, each]));
  const state = { ...emptyState(), wallets };

  it('on one wallet chain its versions and its states', () => {
    const decision = accepted(
      state,
      [
        ['a', event('WalletCredited', 5n, 15n)],
        ['b', event('WalletCredited', 1n, 1n)],
        ['a', event('WalletDebited', 12n, 3n)],
      ],
      now,
    );
    if (!('accepted' in decision)) throw new Error('not accepted');
    const { events, shown } = decision.accepted;
    expect(events.map(({ walletId, version }) => [walletId, version])).toEqual([
      ['a', 4],
      ['b', 4],
      ['a', 5],
    ]);
    expect(shown.map((each) => each.wallet)).toMatchObject([
      { id: 'a', version: 5, balanceMinor: 3n, updatedAt: now },
      { id: 'b', version: 4, balanceMinor: 1n },
    ]);
  });

  it('are refused if one does not follow the state that the one before it left', () => {
    const steps = [
      ['a', event('WalletCredited', 5n, 15n)],
      ['a', event('WalletDebited', 10n, 0n)],
    ] as const;
    expect(() => accepted(state, steps, now)).toThrow(BrokenStreamError);
  });
});

describe('time', () => {
  it('never runs backwards in a wallet, though the clocks of two processes differ', () => {
    const later = new Date(now.getTime() + 60_000);
    const { decision } = given(wallet('a', 200n), wallet('b', 0n, { updatedAt: later })).when(transfer);
    expect('accepted' in decision && decision.accepted.events.map(({ occurredAt }) => occurredAt)).toEqual([
      later,
      later,
    ]);
  });
});

describe('evolve', () => {
  const credited = {
    type: 'WalletCredited',
    currency: 'USD',
    amountMinor: 5n,
    balanceMinor: 15n,
    description: '',
  } as const;
  const next = { walletId: 'a', version: 4, occurredAt: now };
  it('follows an event', () => {
    expect(evolve(wallet('a', 10n), { ...next, event: credited })).toMatchObject({
      balanceMinor: 15n,
      version: 4,
      updatedAt: now,
      createdAt: yesterday,
    });
  });
  it.each([
    ['a gap in the versions', { ...next, version: 5, event: credited }],
    ['a balance that does not follow', { ...next, event: { ...credited, balanceMinor: 16n } }],
    ['a negative balance', { ...next, event: { ...credited, amountMinor: -15n, balanceMinor: -5n } }],
    ['another currency', { ...next, event: { ...credited, currency: 'EUR' } }],
    [
      'a second creation',
      { ...next, event: { type: 'WalletCreated', ownerId: 'o', currency: 'USD', balanceMinor: 0n } },
    ],
  ] as const)('refuses %s', (_, event) => {
    expect(() => evolve(wallet('a', 10n), event)).toThrow(BrokenStreamError);
  });
  it('refuses a stream that does not start with its creation', () => {
    expect(() => evolve(undefined, { ...next, version: 1, event: credited })).toThrow(BrokenStreamError);
  });
});
