import { describe, expect, it } from 'vitest';
import type { GivenAlertRule } from '../../../src/domain/commands.ts';
import { openWallet } from './playedWallet.ts';

const low = { name: 'low', field: 'available', op: 'below', amount: '50' } as const;
const rich = { name: 'rich', field: 'balance', op: 'above', amount: '120' } as const;

/** A wallet of 100.00 USD with these rules. */
function walletWith(...rules: readonly GivenAlertRule[]) {
  const wallet = openWallet();
  expect(wallet.setAlerts(...rules)).toEqual(['AlertRulesChanged']);
  expect(wallet.alerts()).toEqual([]);
  return wallet;
}

describe('a rule', () => {
  it('alerts with the event that crosses its amount, and not again until the wallet was back', () => {
    const { debit, credit, alerts } = walletWith(low);
    debit('40');
    expect(alerts()).toEqual([]);
    debit('20');
    expect(alerts()).toEqual(['w WalletDebited low']);
    debit('5');
    expect(alerts()).toEqual([]);
    credit('30');
    expect(alerts()).toEqual([]);
    debit('20');
    expect(alerts()).toEqual(['w WalletDebited low']);
  });

  it('does not hold at exactly its amount, in neither direction', () => {
    const { debit, credit, alerts } = walletWith(low, rich);
    debit('50');
    expect(alerts()).toEqual([]);
    debit('0.01');
    expect(alerts()).toEqual(['w WalletDebited low']);
    credit('70.01');
    expect(alerts()).toEqual([]);
    credit('0.01');
    expect(alerts()).toEqual(['w WalletCredited rich']);
  });

  it('that holds already when it is set alerts only at its next crossing', () => {
    const { debit, credit, alerts } = walletWith({ ...low, amount: '500' });
    debit('10');
    expect(alerts()).toEqual([]);
    credit('410');
    debit('0.01');
    expect(alerts()).toEqual(['w WalletDebited low']);
  });

  it('about what is available hears of holds and limits, and one about the balance does not', () => {
    const balance = { ...low, name: 'balance', field: 'balance' } as const;
    const up = { ...low, name: 'up', op: 'above' } as const;
    const { place, adjust, capture, limits, credit, debit, alerts } = walletWith(low, balance, up);
    place({ amount: '60' });
    expect(alerts()).toEqual(['w HoldPlaced low']);
    adjust('40');
    expect(alerts()).toEqual(['w HoldAdjusted up']);
    adjust('70');
    expect(alerts()).toEqual(['w HoldAdjusted low']);
    // Both at once: the rest of the hold is free again, and less than 50 is left of the balance.
    capture('60');
    expect(alerts()).toEqual(['w HoldCaptured balance']);
    limits('-30');
    expect(alerts()).toEqual(['w WalletLimitsChanged up']);
    limits('0');
    expect(alerts()).toEqual(['w WalletLimitsChanged low']);
    credit('60');
    debit('0.01');
    expect(alerts()).toEqual([]);
  });

  it('hears of a hold that expired with the next command, before what the command does', () => {
    const up = { ...low, name: 'up', op: 'above' } as const;
    const { place, wait, debit, alerts } = walletWith(low, up);
    place({ amount: '60' });
    wait(60_000);
    expect(debit('55')).toEqual(['HoldReleased', 'WalletDebited']);
    expect(alerts()).toEqual(['w HoldReleased up', 'w WalletDebited low']);
  });

  it('hears of a reversal', () => {
    const { debit, setAlerts, reverse, alerts } = openWallet();
    debit('10');
    setAlerts({ name: 'full', field: 'balance', op: 'above', amount: '90' });
    reverse('10');
    expect(alerts()).toEqual(['w DebitRefunded full']);
  });

  it('alerts on the side of a transfer whose wallet has it', () => {
    const { when, setAlerts, alerts } = openWallet();
    when({ type: 'CreateWallet', walletId: 'v', ownerId: 'o', currency: 'USD', initialBalance: '0' });
    const other = { walletId: 'v', expectedVersions: undefined };
    when({ type: 'ChangeAlerts', ...other, alerts: [{ ...rich, amount: '10' }] });
    setAlerts(low);
    const amount = '60';
    const moved = { amount, toWalletId: 'v', transferId: 't', description: '' };
    when({ type: 'TransferFunds', walletId: 'w', expectedVersions: undefined, ...moved });
    expect(alerts()).toEqual(['w TransferSent low', 'v TransferReceived rich']);
  });

  it('hears of the money that a closing wallet sends away, and not of its end', () => {
    const { when, alerts } = walletWith(low);
    when({ type: 'CreateWallet', walletId: 'v', ownerId: 'o', currency: 'USD', initialBalance: '0' });
    const closing = { walletId: 'w', expectedVersions: undefined, reason: '', transferId: 't' };
    when({ type: 'CloseWallet', ...closing, sweepToWalletId: 'v' });
    expect(alerts()).toEqual(['w TransferSent low']);
  });
});

describe('a change of the rules', () => {
  it('that asks for what is so already makes no event, in whatever order the rules are named', () => {
    const { setAlerts, state } = walletWith(low, rich);
    expect(setAlerts({ ...rich, amount: '120.00' }, low)).toEqual([]);
    expect(state.wallets.get('w')?.terms.alertRules.map(({ name }) => name)).toEqual(['low', 'rich']);
    expect(setAlerts({ ...rich, amount: '120.01' }, low)).toEqual(['AlertRulesChanged']);
    expect(setAlerts()).toEqual(['AlertRulesChanged']);
    expect(setAlerts()).toEqual([]);
  });

  it('without the rules removes them, and later changes of other terms keep those that stay', () => {
    const { setAlerts, debit, freeze, when, limits, velocity, alerts } = walletWith(low);
    limits('-10');
    velocity({ window: 'lifetime', maxAmount: '500' });
    freeze();
    when({ type: 'UnfreezeWallet', walletId: 'w', expectedVersions: undefined, reason: '' });
    debit('70');
    expect(alerts()).toEqual(['w WalletDebited low']);
    setAlerts();
    debit('30');
    expect(alerts()).toEqual([]);
  });

  it('refuses an amount that is none, and less than nothing of what is available', () => {
    const { setAlerts, refusal } = openWallet();
    expect(setAlerts(low, { ...rich, amount: '1.234' })).toBe('AMOUNT_INVALID');
    expect(refusal()?.field).toEqual({
      name: 'alerts/1/amount',
      refused: 'must have at most 2 decimals in USD',
    });
    expect(setAlerts({ ...low, amount: '-1' })).toBe('AMOUNT_INVALID');
    expect(refusal()?.field?.name).toBe('alerts/0/amount');
    expect(setAlerts({ ...rich, amount: '-1' })).toEqual(['AlertRulesChanged']);
  });
});
