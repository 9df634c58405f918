import { expect, it } from 'vitest';
import { openWallet } from './playedWallet.ts';

type Opened = ReturnType<typeof openWallet>;

/** The amount and the number of movements that the one rule has counted. */
function used({ state }: Opened): readonly [bigint | undefined, number | undefined] {
  const [use] = state.uses.get('w') ?? [];
  return [use?.usedMinor, use?.usedCount];
}

it('a rule of a day counts until the last millisecond of the day, and begins anew with the next one', () => {
  const wallet = openWallet();
  const { velocity, debit, clockSays, refusal } = wallet;
  expect(velocity({ window: 'day', maxAmount: '30' })).toEqual(['VelocityRulesChanged']);
  debit('20');
  clockSays('2026-01-01T23:59:59.999Z');
  expect(debit('10.01')).toBe('LIMIT_EXCEEDED');
  expect(refusal()).toMatchObject({
    numbers: { requested: '10.01', currency: 'USD' },
    facts: {
      ...{ rule: 'r', window: 'day', measure: 'amount', used: '20.00', max: '30.00' },
      resetsAt: '2026-01-02T00:00:00.000Z',
    },
  });
  expect(debit('10')).toEqual(['WalletDebited']);
  clockSays('2026-01-02T00:00:00.000Z');
  expect(debit('30')).toEqual(['WalletDebited']);
  expect(used(wallet)).toEqual([3000n, 1]);
});

it('a rule of a month begins anew with the first millisecond of the next month', () => {
  const { velocity, debit, clockSays, refusal } = openWallet();
  clockSays('2028-02-01T00:00:00.000Z');
  velocity({ window: 'month', maxCount: 1 });
  debit('1');
  clockSays('2028-02-29T23:59:59.999Z');
  expect(debit('1')).toBe('LIMIT_EXCEEDED');
  expect(refusal()?.facts).toMatchObject({ used: '1', max: '1', resetsAt: '2028-03-01T00:00:00.000Z' });
  clockSays('2028-03-01T00:00:00.000Z');
  expect(debit('1')).toEqual(['WalletDebited']);
});

it('a window never begins again when another server has an earlier clock', () => {
  const { velocity, debit, clockSays } = openWallet();
  clockSays('2026-01-02T00:00:00.000Z');
  velocity({ window: 'day', maxCount: 1 });
  debit('1');
  clockSays('2026-01-01T23:59:59.999Z');
  expect(debit('1')).toBe('LIMIT_EXCEEDED');
});

it('a rule of one movement judges each movement alone', () => {
  const { velocity, debit, place, adjust, capture, refusal } = openWallet();
  velocity({ window: 'transaction', maxAmount: '30' });
  expect(debit('30')).toEqual(['WalletDebited']);
  expect(debit('30.01')).toBe('LIMIT_EXCEEDED');
  expect(refusal()?.facts).toEqual({ rule: 'r', window: 'transaction', measure: 'amount', max: '30.00' });
  place({ amount: '20' });
  // A hold is one movement, in however many steps it grows.
  expect(adjust('30.01')).toBe('LIMIT_EXCEEDED');
  expect(adjust('25')).toEqual(['HoldAdjusted']);
  expect(capture('30.01', { overcapture: true })).toBe('LIMIT_EXCEEDED');
  expect(capture('30', { overcapture: true })).toEqual(['HoldCaptured']);
});

it('a rule of a lifetime never resets', () => {
  const { velocity, debit, clockSays, refusal } = openWallet();
  velocity({ window: 'lifetime', maxAmount: '30' });
  debit('30');
  clockSays('2126-01-01T00:00:00.000Z');
  expect(debit('0.01')).toBe('LIMIT_EXCEEDED');
  expect(refusal()?.facts).not.toHaveProperty('resetsAt');
});

it('a rule about what comes in counts credits and no debits', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', direction: 'in', maxAmount: '10' });
  wallet.debit('50');
  wallet.credit('4');
  expect(used(wallet)).toEqual([400n, 1]);
  expect(wallet.credit('6.01')).toBe('LIMIT_EXCEEDED');
});

it('a capture does not count again, and what exceeds the hold does', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', maxAmount: '50', maxCount: 1 });
  wallet.place({ amount: '30' });
  expect(used(wallet)).toEqual([3000n, 1]);
  wallet.capture('10', { final: false });
  expect(used(wallet)).toEqual([3000n, 1]);
  expect(wallet.capture('40.01', { overcapture: true })).toBe('LIMIT_EXCEEDED');
  expect(wallet.capture('40', { overcapture: true })).toEqual(['HoldCaptured']);
  expect(used(wallet)).toEqual([5000n, 1]);
});

it('a capture within its hold is honored, whatever the rules are by now', () => {
  const { velocity, place, capture } = openWallet();
  place({ amount: '30' });
  velocity({ window: 'transaction', maxAmount: '1' }, { name: 'a', window: 'lifetime', maxAmount: '1' });
  expect(capture('30')).toEqual(['HoldCaptured']);
});

it('the released part of a hold is uncounted while its window lasts', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', maxAmount: '50', maxCount: 1 });
  wallet.wait(1);
  wallet.place({ amount: '30' });
  wallet.capture('10');
  // Something was captured, so it stays one movement.
  expect(used(wallet)).toEqual([1000n, 1]);
});

it('a hold that is voided or expires before its window ends never happened for the rules', () => {
  for (const end of ['void', 'expiry']) {
    const wallet = openWallet();
    wallet.velocity({ window: 'day', maxAmount: '30', maxCount: 1 });
    wallet.wait(1);
    wallet.place({ amount: '30' });
    expect(wallet.debit('1')).toBe('LIMIT_EXCEEDED');
    if (end === 'void') wallet.voidHold();
    else wallet.wait(60_000);
    expect(wallet.debit('30').at(-1)).toBe('WalletDebited');
    expect(used(wallet)).toEqual([3000n, 1]);
  }
});

it('a hold that is released after its window keeps what it used', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', maxAmount: '30' }, { name: 'month', window: 'month', maxAmount: '60' });
  wallet.wait(1);
  wallet.place({ amount: '30', expiry: { afterMs: 48 * 3_600_000 } });
  wallet.clockSays('2026-01-02T00:00:00.000Z');
  wallet.debit('20');
  wallet.voidHold();
  expect(wallet.state.uses.get('w')?.map(({ name, usedMinor }) => [name, usedMinor])).toEqual([
    ['month', 2000n],
    ['r', 2000n],
  ]);
});

it('a hold that was placed before the rule is not uncounted when it ends', () => {
  const wallet = openWallet();
  wallet.place({ amount: '30' });
  wallet.wait(1);
  wallet.velocity({ window: 'lifetime', maxAmount: '30' });
  wallet.debit('20');
  wallet.voidHold();
  expect(used(wallet)).toEqual([2000n, 1]);
});

it('a hold that is adjusted counts what is more, and gives back what is less', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', maxAmount: '50', maxCount: 1 });
  wallet.wait(1);
  wallet.place({ amount: '30' });
  wallet.adjust('45');
  expect(used(wallet)).toEqual([4500n, 1]);
  expect(wallet.adjust('50.01')).toBe('LIMIT_EXCEEDED');
  wallet.adjust('10');
  expect(used(wallet)).toEqual([1000n, 1]);
});

it('a reversal neither counts nor uncounts', () => {
  const wallet = openWallet();
  wallet.velocity(
    { window: 'day', maxAmount: '10' },
    { name: 'in', window: 'day', direction: 'in', maxAmount: '1' },
  );
  wallet.debit('10');
  expect(wallet.reverse('10')).toEqual(['DebitRefunded']);
  expect(wallet.debit('1')).toBe('LIMIT_EXCEEDED');
});

it('a rule that keeps its name, window and direction keeps its use, and any other one begins anew', () => {
  const wallet = openWallet();
  wallet.velocity({ window: 'day', maxAmount: '30' });
  wallet.debit('20');
  // It may be below what is used. It then refuses what follows.
  expect(wallet.velocity({ window: 'day', maxAmount: '15' })).toEqual(['VelocityRulesChanged']);
  expect(wallet.debit('0.01')).toBe('LIMIT_EXCEEDED');
  expect(used(wallet)).toEqual([2000n, 1]);
  wallet.velocity({ window: 'month', maxAmount: '15' });
  expect(used(wallet)).toEqual([0n, 0]);
});

it('the same rules in another order change nothing, and an empty list removes them', () => {
  const { velocity, debit } = openWallet();
  const [one, two] = [
    { name: 'one', window: 'day', maxCount: 1 },
    { name: 'two', window: 'day', maxAmount: '5.0' },
  ] as const;
  velocity(one, two);
  expect(velocity({ ...two, maxAmount: '5' }, one)).toEqual([]);
  expect(velocity()).toEqual(['VelocityRulesChanged']);
  expect(debit('100')).toEqual(['WalletDebited']);
});

it('the first rule by name that a movement breaks is told, before missing funds', () => {
  const { velocity, debit, refusal } = openWallet();
  velocity(
    { name: 'b', window: 'day', maxAmount: '1' },
    { name: 'a', window: 'transaction', maxAmount: '1' },
  );
  expect(debit('1000')).toBe('LIMIT_EXCEEDED');
  expect(refusal()?.facts?.rule).toBe('a');
});

it('a most that is no amount of the currency is refused by its place', () => {
  const { velocity, refusal } = openWallet();
  const good = { name: 'a', window: 'day', maxAmount: '1' } as const;
  for (const maxAmount of ['0', '1.234', '-1', '99999999999999999999']) {
    expect(velocity(good, { window: 'day', maxAmount })).toBe('AMOUNT_INVALID');
    expect(refusal()?.field?.name).toBe('rules/1/maxAmount');
  }
});

it('a wallet whose uses are missing moves nothing, and can be frozen', () => {
  const { velocity, debit, credit, place, state, freeze } = openWallet();
  velocity({ window: 'day', maxAmount: '30' });
  state.uses.delete('w');
  expect(() => debit('1')).toThrow('wallet "w" has 1 velocity rules and the uses of 0: repair the wallet');
  expect(() => credit('1')).toThrow('repair the wallet');
  expect(() => place({})).toThrow('repair the wallet');
  expect(freeze()).toEqual(['WalletFrozen']);
});

it('a use of more than any balance is counted to the last unit', () => {
  const wallet = openWallet();
  const most = '9999999999999899.99';
  wallet.velocity({ window: 'lifetime', direction: 'in', maxCount: 1000 });
  for (let round = 0; round < 12; round += 1) {
    expect(wallet.credit(most)).toEqual(['WalletCredited']);
    wallet.debit(most);
  }
  expect(used(wallet)).toEqual([12n * 999_999_999_999_989_999n, 12]);
});
