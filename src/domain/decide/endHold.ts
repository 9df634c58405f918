// The decisions that take from a hold or end it: a capture, and voiding.
import type { CaptureHold, VoidHold } from '../commands.ts';
import { capturesMax, type Hold } from '../hold.ts';
import { formatAmount } from '../money.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import { accepted, type Decision, type Step } from './decision.ts';
import { holdIn, holdNotFound, openHoldOf } from './openHold.ts';
import {
  frozen,
  notFound,
  parseMovedAmount,
  refuseAboveMaximum,
  refuseClosed,
  refuseFunds,
  refuseFrozen,
  rejected,
} from './rejected.ts';
import { refuseUse } from './refuseUse.ts';

/**
 * A capture within the hold never fails for funds. Rejects as `openHoldOf` does, and with WALLET_FROZEN,
 * WALLET_CLOSED, AMOUNT_INVALID, HOLD_AMOUNT_EXCEEDED, LIMIT_EXCEEDED and INSUFFICIENT_FUNDS (for what
 * exceeds the hold), BALANCE_LIMIT_EXCEEDED or TOO_MANY_CAPTURES.
 */
export function decideCaptureHold(command: CaptureHold, state: State, now: Date): Decision {
  const { walletId, holdId, captureId } = command;
  const target = command.toWalletId === undefined ? undefined : state.wallets.get(command.toWalletId);
  const found = openHoldOf(command, state, now, (wallet) => refuseCapture(wallet, target));
  if ('decision' in found) return found.decision;
  const { wallet, hold } = found;
  // The hold was placed after the command was made. So there was none when the caller asked.
  if (hold.toWalletId !== (command.toWalletId ?? null)) return holdNotFound(walletId, holdId);
  if (hold.toWalletId !== null && target === undefined) return notFound(hold.toWalletId);
  const amountMinor =
    command.amount === undefined ? hold.remainingMinor : parseMovedAmount(command.amount, wallet);
  if (typeof amountMinor !== 'bigint') return amountMinor;
  const overMinor = amountMinor > hold.remainingMinor ? amountMinor - hold.remainingMinor : 0n;
  if (overMinor > 0n && !command.overcapture) return amountExceeded(hold, amountMinor);
  const refused =
    (overMinor > 0n ? refuseOvercapture(found, target, state, amountMinor, now) : undefined) ??
    refuseFunds(wallet, overMinor) ??
    (target && refuseAboveMaximum(target, amountMinor)) ??
    refuseManyCaptures(hold, command.final);
  if (refused !== undefined) return refused;
  const takenMinor = amountMinor - overMinor;
  const releasedMinor = command.final ? hold.remainingMinor - takenMinor : 0n;
  const steps = captureSteps(wallet, target, command, { amountMinor, overMinor, releasedMinor });
  return accepted(state, steps, now, (changes) => ({
    ...holdIn(walletId, holdId)(changes),
    capture: { captureId, amountMinor },
  }));
}

/**
 * A capture within its hold was counted with the hold, and velocity rules never refuse it. The part beyond
 * the hold is checked like more that is held. The wallet that a capture pays counts the capture. Its rules
 * refuse it only if it goes beyond the hold, because nobody was promised that part.
 */
function refuseOvercapture(
  { wallet, hold }: { readonly wallet: Wallet; readonly hold: Hold },
  target: Wallet | undefined,
  state: State,
  amountMinor: bigint,
  now: Date,
): Decision | undefined {
  const { remainingMinor, capturedMinor } = hold;
  const beyond = {
    direction: 'out',
    amountMinor: amountMinor - remainingMinor,
    wholeMinor: capturedMinor + amountMinor,
    count: 0,
  } as const;
  return (
    refuseUse(wallet, state, beyond, now, target) ??
    (target && refuseUse(target, state, { direction: 'in', amountMinor, ofOther: true }, now, wallet))
  );
}

/** A freeze honors holds that were placed before it, unless it says otherwise. */
function refuseCapture(wallet: Wallet, target: Wallet | undefined): Decision | undefined {
  const isBlocked = wallet.status === 'frozen' && wallet.terms.freeze?.holds === 'block';
  return (
    refuseClosed(wallet) ??
    (target && refuseClosed(target)) ??
    (isBlocked ? frozen(wallet, 'is frozen, and its holds are blocked') : undefined) ??
    (target && refuseFrozen(target, 'credits'))
  );
}

function captureSteps(
  wallet: Wallet,
  target: Wallet | undefined,
  { holdId, captureId, description }: CaptureHold,
  amounts: { readonly amountMinor: bigint; readonly overMinor: bigint; readonly releasedMinor: bigint },
): readonly Step[] {
  const { id: walletId, currency } = wallet;
  const { amountMinor } = amounts;
  const captured = {
    type: 'HoldCaptured',
    ...{ holdId, captureId, currency, description, ...amounts },
    balanceMinor: wallet.balanceMinor - amountMinor,
  } as const;
  if (target === undefined) return [[walletId, captured]];
  const toBalanceMinor = target.balanceMinor + amountMinor;
  return [
    [walletId, { ...captured, toWalletId: target.id, toBalanceMinor }],
    [
      target.id,
      {
        type: 'TransferReceived',
        transferId: captureId,
        fromWalletId: walletId,
        ...{ currency, amountMinor, description },
        balanceMinor: toBalanceMinor,
      },
    ],
  ];
}

function amountExceeded(hold: Hold, amountMinor: bigint): Decision {
  const { walletId, holdId, currency } = hold;
  const remaining = formatAmount(hold.remainingMinor, currency);
  const requested = formatAmount(amountMinor, currency);
  const detail = `${remaining} ${currency} remain of hold "${holdId}", less than ${requested}.`;
  const numbers = { remaining, requested, currency };
  return rejected({ code: 'HOLD_AMOUNT_EXCEEDED', walletId, detail, numbers });
}

/** The last capture must be final, so that the hold does not stay open with a rest that nobody can take. */
function refuseManyCaptures({ walletId, holdId, captures }: Hold, final: boolean): Decision | undefined {
  const most = final ? capturesMax : capturesMax - 1;
  if (captures.length < most) return undefined;
  const detail = `Hold "${holdId}" was captured ${captures.length} times; capture ${capturesMax} must be final.`;
  return rejected({ code: 'TOO_MANY_CAPTURES', walletId, detail });
}

/** Void works on a frozen wallet, too. Rejects as `openHoldOf` does. */
export function decideVoidHold(command: VoidHold, state: State, now: Date): Decision {
  const { walletId, holdId, reason } = command;
  const found = openHoldOf(command, state, now);
  if ('decision' in found) return found.decision;
  const { currency, balanceMinor } = found.wallet;
  const released = {
    type: 'HoldReleased',
    ...{ holdId, currency, balanceMinor },
    amountMinor: found.hold.remainingMinor,
    reason: 'voided',
    description: reason,
  } as const;
  return accepted(state, [[walletId, released]], now, holdIn(walletId, holdId));
}
