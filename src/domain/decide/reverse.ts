// The decision about a reversal: money of one movement goes back, in whole or in part. It is booked now, and
// never more goes back than moved.
import type { OriginalMovement, ReverseMovement } from '../commands.ts';
import { formatAmount } from '../money.ts';
import { eventKey, reversalsMax } from '../reversal.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, type Decision, type Step } from './decision.ts';
import {
  notFound,
  parseMovedAmount,
  refuseAboveMaximum,
  refuseFunds,
  refuseClosed,
  refuseStates,
  refuseVersion,
  rejected,
} from './rejected.ts';

/**
 * Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED, WALLET_FROZEN, NOT_REVERSIBLE,
 * ALREADY_REVERSED, AMOUNT_INVALID, REVERSAL_EXCEEDS_ORIGINAL, INSUFFICIENT_FUNDS, BALANCE_LIMIT_EXCEEDED
 * or TOO_MANY_REVERSALS.
 */
export function decideReverse(command: ReverseMovement, state: State, now: Date): Decision {
  const { walletId, original } = command;
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return notFound(walletId);
  const refusal = refuseVersion(wallet, command.expectedVersions) ?? refuseClosed(wallet);
  if (refusal !== undefined) return refusal;
  if (original.kind === undefined) return notReversible(command);
  const sides = sidesOf(original, state);
  if ('decision' in sides) return sides.decision;
  const { payer, payee } = sides;
  const refused = refuseStates(payer, payee);
  if (refused !== undefined) return refused;
  const { reversedMinor: before = 0n, reversedBy = [] } = state.reversals.get(eventKey(original)) ?? {};
  const leftMinor = original.amountMinor - before;
  if (leftMinor === 0n) return alreadyReversed(command);
  const amountMinor = command.amount === undefined ? leftMinor : parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  if (amountMinor > leftMinor) return exceedsOriginal(wallet, leftMinor, amountMinor);
  const unable =
    (payer && refuseFunds(payer, amountMinor)) ??
    (payee && refuseAboveMaximum(payee, amountMinor)) ??
    (amountMinor < leftMinor ? refuseMany(command, reversedBy.length) : undefined);
  if (unable !== undefined) return unable;
  const reversedMinor = before + amountMinor;
  const steps = stepsOf(command, payer, payee, amountMinor, reversedMinor);
  const remainingMinor = original.amountMinor - reversedMinor;
  const { reason } = command;
  const named = payer !== undefined && payer.id !== walletId ? 1 : 0;
  const facts = { reversal: { amountMinor, reversedMinor, remainingMinor, reason, named } } as const;
  return accepted(withOriginal(state, original), steps, now, () => facts);
}

interface Sides {
  /** The wallet that gives the money back; undefined if settlement does. */
  readonly payer: Wallet | undefined;
  readonly payee: Wallet | undefined;
}

function sidesOf(original: OriginalMovement, state: State): Sides | { readonly decision: Decision } {
  const wallet = state.wallets.get(original.walletId);
  if (wallet === undefined) return { decision: notFound(original.walletId) };
  if (original.kind === 'credit') return { payer: wallet, payee: undefined };
  if (original.toWalletId === undefined) return { payer: undefined, payee: wallet };
  const receiver = state.wallets.get(original.toWalletId);
  return receiver === undefined
    ? { decision: notFound(original.toWalletId) }
    : { payer: receiver, payee: wallet };
}

/** The state in which the amount of the original is known, though nothing of it went back before. */
function withOriginal(state: State, original: OriginalMovement): State {
  const key = eventKey(original);
  if (state.reversals.has(key)) return state;
  const { walletId, version, amountMinor } = original;
  const none = { walletId, version, amountMinor, reversedMinor: 0n, reversedBy: [] };
  return { ...state, reversals: new Map([...state.reversals, [key, none]]) };
}

function stepsOf(
  { original: { walletId, version }, returnId, reason, description }: ReverseMovement,
  payer: Wallet | undefined,
  payee: Wallet | undefined,
  amountMinor: bigint,
  reversedMinor: bigint,
): readonly Step[] {
  const reversal = {
    ...{ amountMinor, reversedMinor, reason, description },
    original: { walletId, version },
  };
  const payerBalance = (payer?.balanceMinor ?? 0n) - amountMinor;
  const payeeBalance = (payee?.balanceMinor ?? 0n) + amountMinor;
  if (payer === undefined && payee !== undefined) {
    const { currency } = payee;
    return [[payee.id, { type: 'DebitRefunded', currency, balanceMinor: payeeBalance, ...reversal }]];
  }
  if (payer === undefined) throw new Error('a reversal has a payer or a payee');
  const { currency } = payer;
  if (payee === undefined)
    return [[payer.id, { type: 'CreditReversed', currency, balanceMinor: payerBalance, ...reversal }]];
  const shared = { returnId, currency, ...reversal };
  return [
    [
      payer.id,
      {
        type: 'TransferReturned',
        ...shared,
        balanceMinor: payerBalance,
        toWalletId: payee.id,
        toBalanceMinor: payeeBalance,
      },
    ],
    [
      payee.id,
      { type: 'TransferReturnReceived', ...shared, balanceMinor: payeeBalance, fromWalletId: payer.id },
    ],
  ];
}

function notReversible({ walletId, version }: ReverseMovement): Decision {
  const detail = `Version ${version} of wallet "${walletId}" is no movement that can be reversed.`;
  return rejected({ code: 'NOT_REVERSIBLE', walletId, detail });
}

function alreadyReversed({ walletId, version }: ReverseMovement): Decision {
  const detail = `All of version ${version} of wallet "${walletId}" was reversed before.`;
  return rejected({ code: 'ALREADY_REVERSED', walletId, detail });
}

/** For a reversal that leaves a rest. It must not be the last one that is allowed. */
function refuseMany({ walletId, version }: ReverseMovement, reversals: number): Decision | undefined {
  if (reversals < reversalsMax - 1) return undefined;
  const detail = `Version ${version} of wallet "${walletId}" was reversed ${reversals} times; reversal ${reversalsMax} must take all that is left.`;
  return rejected({ code: 'TOO_MANY_REVERSALS', walletId, detail });
}

function exceedsOriginal(wallet: Wallet, leftMinor: bigint, amountMinor: bigint): Decision {
  const { id: walletId, currency } = wallet;
  const remaining = formatAmount(leftMinor, currency);
  const requested = formatAmount(amountMinor, currency);
  const detail = `${remaining} ${currency} of the movement are left to reverse, less than ${requested}.`;
  const numbers = { remaining, requested, currency };
  return rejected({ code: 'REVERSAL_EXCEEDS_ORIGINAL', walletId, detail, numbers });
}
