// Specifies credits, debits, transfers and reversals.
import { decimalOf } from './amounts.ts';
import {
  type Accepted,
  first,
  isRefused,
  movedMinor,
  refuse,
  refuseClosed,
  refuseFrozen,
  refuseFunds,
  refuseMaximum,
  type Refused,
  refuseVersion,
} from './refusals.ts';
import type { MovingRequest, ReverseRequest } from './requests.ts';
import { counting, refuseUse, timeFor } from './velocity.ts';
import {
  type ModelMovement,
  type ModelStep,
  type ModelWallet,
  type ModelWallets,
  withMovement,
} from './wallets.ts';

/** What a request does, if nothing refuses it. */
export interface Plan extends Pick<Accepted, 'reversal' | 'capturedMinor'> {
  readonly steps: readonly ModelStep[];
  /** The hold that the answer shows, as it is after the steps. */
  readonly shownHoldId?: string;
}

export function planMove(
  wallets: ModelWallets,
  { kind, walletId, amount, ifMatch }: Extract<MovingRequest, { kind: 'credit' | 'debit' }>,
  at: string,
): Plan | Refused {
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const isCredit = kind === 'credit';
  const refused = first(
    refuseVersion(wallet, ifMatch),
    refuseClosed(wallet),
    isCredit ? refuseFrozen(undefined, wallet) : refuseFrozen(wallet, undefined),
  );
  if (refused !== undefined) return refused;
  const minor = movedMinor(wallet, amount);
  if (isRefused(minor)) return minor;
  const unable = first(
    refuseUse(wallet, { direction: isCredit ? 'in' : 'out', minor }, timeFor(at, wallet)),
    isCredit ? refuseMaximum(wallet, minor) : refuseFunds(wallet, minor),
  );
  if (unable !== undefined) return unable;
  const change = (before: ModelWallet, version: number, time: string) =>
    moved(before, version, isCredit ? minor : -minor, { kind: isCredit ? 'credit' : 'debit' }, time);
  return { steps: [{ type: isCredit ? 'WalletCredited' : 'WalletDebited', walletId, change }] };
}

export function planTransfer(
  wallets: ModelWallets,
  { walletId, toWalletId, amount, ifMatch }: Extract<MovingRequest, { kind: 'transfer' }>,
  at: string,
): Plan | Refused {
  if (toWalletId === walletId) return refuse('SAME_WALLET', walletId);
  const wallet = wallets.get(walletId);
  const target = wallets.get(toWalletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  if (target === undefined) return refuse('WALLET_NOT_FOUND', toWalletId);
  const refused = first(
    refuseVersion(wallet, ifMatch),
    refuseClosed(wallet, target),
    refuseFrozen(wallet, target),
  );
  if (refused !== undefined) return refused;
  const minor = movedMinor(wallet, amount);
  if (isRefused(minor)) return minor;
  if (target.currency !== wallet.currency) return refuse('CURRENCY_MISMATCH', toWalletId);
  const unable = first(
    refuseTransferUse(wallet, target, minor, at),
    refuseFunds(wallet, minor),
    refuseMaximum(target, minor),
  );
  return unable ?? { steps: transferSteps(wallet, target, minor) };
}

export function refuseTransferUse(
  wallet: ModelWallet,
  target: ModelWallet,
  minor: bigint,
  at: string,
): Refused | undefined {
  const time = timeFor(at, wallet, target);
  return first(
    refuseUse(wallet, { direction: 'out', minor }, time),
    refuseUse(target, { direction: 'in', minor, ofOther: true }, time),
  );
}

export function transferSteps(
  { id: walletId, version }: ModelWallet,
  target: ModelWallet,
  minor: bigint,
): readonly ModelStep[] {
  const receiver = { walletId: target.id, version: target.version + 1 };
  return [
    {
      type: 'TransferSent',
      walletId,
      change: (before, version, at) => moved(before, version, -minor, { kind: 'sent', other: receiver }, at),
    },
    receiving(target.id, minor, { walletId, version: version + 1 }),
  ];
}

export function receiving(
  walletId: string,
  minor: bigint,
  sender: { readonly walletId: string; readonly version: number },
): ModelStep {
  return {
    type: 'TransferReceived',
    walletId,
    change: (before, version, at) => moved(before, version, minor, { kind: 'received', other: sender }, at),
  };
}

function moved(
  before: ModelWallet,
  version: number,
  minor: bigint,
  movement: Pick<ModelMovement, 'kind' | 'other'>,
  at: string,
): Partial<ModelWallet> {
  const amountMinor = minor < 0n ? -minor : minor;
  return {
    balanceMinor: before.balanceMinor + minor,
    ...withMovement(before, version, { ...movement, amountMinor, reversedMinor: 0n }),
    ...counting(before, { direction: minor < 0n ? 'out' : 'in', minor: amountMinor, count: 1, version, at }),
  };
}

/** The last reversal of a movement takes all that is left. */
const reversalsMax = 100;

/** `seen` are the wallets when the request arrived. Only a movement of that time can be named. */
export function planReverse(
  wallets: ModelWallets,
  request: ReverseRequest,
  seen: ModelWallets,
): Plan | Refused {
  const { walletId, version, ifMatch, amount, reason = 'refund' } = request;
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', walletId);
  const seenVersion = seen.get(walletId)?.version ?? Infinity;
  if (version > seenVersion) return refuse('MOVEMENT_NOT_FOUND', walletId);
  const refused = first(refuseVersion(wallet, ifMatch), refuseClosed(wallet));
  if (refused !== undefined) return refused;
  const named = seenVersion === Infinity ? undefined : wallet.movements.get(version);
  if (named === undefined) return refuse('NOT_REVERSIBLE', walletId);
  const place = named.kind === 'received' ? named.other : { walletId, version };
  const home = wallets.get(place?.walletId ?? '') as ModelWallet;
  const original = home.movements.get(place?.version ?? 0) as ModelMovement;
  const away = original.other && wallets.get(original.other.walletId);
  const [payer, payee] = original.kind === 'credit' ? [home, undefined] : [away, home];
  const stopped = first(refuseClosed(payer, payee), refuseFrozen(payer, payee));
  if (stopped !== undefined) return stopped;
  const left = original.amountMinor - original.reversedMinor;
  if (left === 0n) return refuse('ALREADY_REVERSED', walletId);
  const minor = amount === undefined ? left : movedMinor(wallet, amount);
  if (isRefused(minor)) return minor;
  const { currency } = wallet;
  if (minor > left) {
    const numbers = { remaining: decimalOf(left, currency), requested: decimalOf(minor, currency), currency };
    return refuse('REVERSAL_EXCEEDS_ORIGINAL', walletId, { numbers });
  }
  const unable = first(payer && refuseFunds(payer, minor), payee && refuseMaximum(payee, minor));
  if (unable !== undefined) return unable;
  const reversals = (original.reversals ?? 0) + 1;
  if (minor < left && reversals >= reversalsMax) return refuse('TOO_MANY_REVERSALS', walletId);
  const reversedMinor = original.reversedMinor + minor;
  const marked = withMovement(home, place?.version ?? 0, { ...original, reversedMinor, reversals });
  const steps = [
    ...(payer === undefined
      ? []
      : [back(payer, payee ? 'TransferReturned' : 'CreditReversed', -minor, home, marked)]),
    ...(payee === undefined
      ? []
      : [back(payee, payer ? 'TransferReturnReceived' : 'DebitRefunded', minor, home, marked)]),
  ];
  return { steps, reversal: { amountMinor: minor, reversedMinor, remainingMinor: left - minor, reason } };
}

function back(
  { id: walletId }: ModelWallet,
  type: string,
  minor: bigint,
  home: ModelWallet,
  marked: Pick<ModelWallet, 'movements'>,
): ModelStep {
  const change = (before: ModelWallet) => ({
    balanceMinor: before.balanceMinor + minor,
    ...(walletId === home.id ? marked : {}),
  });
  return { type, walletId, change };
}
