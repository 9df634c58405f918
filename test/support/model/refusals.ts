// The refusals of the executable specification, and the checks that several requests share.
import { decimalOf, minorOf } from './amounts.ts';
import { availableOf, heldOf, type ModelEvent, type ModelHold, type ModelWallet } from './wallets.ts';

/** In the documented order: a request with two faults is refused for the first one on this list. */
export const refusalStatuses = {
  WALLET_ALREADY_EXISTS: 409,
  SAME_WALLET: 422,
  WALLET_NOT_FOUND: 404,
  MOVEMENT_NOT_FOUND: 404,
  VERSION_MISMATCH: 412,
  WALLET_CLOSED: 409,
  WALLET_FROZEN: 409,
  HOLD_ALREADY_EXISTS: 409,
  HOLD_NOT_FOUND: 404,
  HOLD_CLOSED: 409,
  HOLD_EXPIRED: 409,
  NOT_REVERSIBLE: 422,
  ALREADY_REVERSED: 409,
  AMOUNT_INVALID: 400,
  EXPIRY_INVALID: 400,
  CURRENCY_MISMATCH: 422,
  HOLD_AMOUNT_EXCEEDED: 422,
  REVERSAL_EXCEEDS_ORIGINAL: 422,
  WALLET_NOT_EMPTY: 409,
  LIMIT_EXCEEDED: 422,
  INSUFFICIENT_FUNDS: 422,
  BALANCE_LIMIT_EXCEEDED: 422,
  LIMIT_BELOW_USE: 422,
  DETAILS_TOO_LARGE: 422,
  TOO_MANY_HOLDS: 422,
  TOO_MANY_CAPTURES: 422,
  TOO_MANY_REVERSALS: 422,
} as const;
export type RefusalCode = keyof typeof refusalStatuses;

export interface Refusal {
  readonly code: RefusalCode;
  /** The wallet at fault. */
  readonly walletId: string;
  readonly currentVersion?: number;
  /** Words about the state at which it was refused. The answer's sentence must contain them. */
  readonly says?: string;
  /** The amounts that the answer tells, as decimal text, and their currency. */
  readonly numbers?: Readonly<Record<string, string>>;
  /** What else it tells. */
  readonly facts?: Readonly<Record<string, string | number>>;
  /** The field of the body that is wrong. */
  readonly field?: string;
}

/** What an answer shows besides wallets. */
interface ShownFacts {
  readonly hold?: ModelHold;
  readonly capturedMinor?: bigint;
  readonly reversal?: {
    readonly amountMinor: bigint;
    readonly reversedMinor: bigint;
    readonly remainingMinor: bigint;
    readonly reason: string;
  };
}

export interface Accepted extends ShownFacts {
  /** All that happened, in order: first what was due, then what was asked for. */
  readonly events: readonly ModelEvent[];
  /** The wallets that the answer shows. */
  readonly shown: readonly ModelWallet[];
  /** The time at which the answer shows what is used of velocity rules. */
  readonly at: string;
  /** Undefined if the request asked for what was so already. */
  readonly movementId: string | undefined;
}

export type Verdict = Accepted | { readonly refusal: Refusal };

export type Refused = Extract<Verdict, { refusal: Refusal }>;

export function refuse(
  code: RefusalCode,
  walletId: string,
  more: Omit<Refusal, 'code' | 'walletId'> = {},
): Refused {
  return { refusal: { code, walletId, ...more } };
}

/** The first check that refuses. */
export function first(...checks: readonly (Refused | undefined)[]): Refused | undefined {
  return checks.find((check) => check !== undefined);
}

export function refuseVersion(
  { id, version }: Pick<ModelWallet, 'id' | 'version'>,
  ifMatch: readonly number[] | undefined,
): Refused | undefined {
  if (ifMatch?.includes(version) !== false) return undefined;
  return refuse('VERSION_MISMATCH', id, { currentVersion: version });
}

export function refuseClosed(...wallets: readonly (ModelWallet | undefined)[]): Refused | undefined {
  const closed = wallets.find((wallet) => wallet?.status === 'closed');
  return closed && refuse('WALLET_CLOSED', closed.id);
}

/** Whether money may leave the one wallet and reach the other. */
export function refuseFrozen(
  giver: ModelWallet | undefined,
  getter: ModelWallet | undefined,
): Refused | undefined {
  return first(refuseDirection(giver, 'debits'), refuseDirection(getter, 'credits'));
}

function refuseDirection(
  wallet: ModelWallet | undefined,
  direction: 'debits' | 'credits',
): Refused | undefined {
  const scope = wallet?.freeze?.scope;
  if (wallet === undefined || scope === undefined || (scope !== 'all' && scope !== direction))
    return undefined;
  return refuse('WALLET_FROZEN', wallet.id, { facts: { freezeScope: scope } });
}

export function refuseFunds(wallet: ModelWallet, minor: bigint): Refused | undefined {
  const { id, currency } = wallet;
  if (availableOf(wallet) >= minor) return undefined;
  const available = decimalOf(availableOf(wallet), currency);
  const held = decimalOf(heldOf(wallet), currency);
  const numbers = { available, held, requested: decimalOf(minor, currency), currency };
  return refuse('INSUFFICIENT_FUNDS', id, { says: `has ${available} ${currency} available`, numbers });
}

export function refuseMaximum(wallet: ModelWallet, minor: bigint): Refused | undefined {
  const { id, currency, balanceMinor, maximumMinor } = wallet;
  if (balanceMinor + minor <= maximumMinor) return undefined;
  const numbers = {
    requested: decimalOf(minor, currency),
    limit: decimalOf(maximumMinor, currency),
    currency,
  };
  return refuse('BALANCE_LIMIT_EXCEEDED', id, { numbers });
}

/** The minor units of an amount that must be more than zero. */
export function movedMinor({ id, currency }: ModelWallet, text: string): bigint | Refused {
  const minor = minorOf(text, currency);
  return minor === undefined || minor === 0n ? refuse('AMOUNT_INVALID', id, { field: 'amount' }) : minor;
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === 'object' && value !== null && 'refusal' in value;
}
