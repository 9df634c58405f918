// The state of one wallet, and how an event changes it. Pure. The command path, the read model and the
// rebuilds all use it, so they cannot disagree.
import type { Currency } from './currency.ts';
import { effectOf } from './effects.ts';
import type { BalanceEvent, BalanceStep } from './events.ts';
import type { StateAfter } from './stateAfter.ts';
import { ordinaryTerms, type Terms, type WalletStatus } from './terms.ts';

/** A wallet after its last event: the aggregate's snapshot. */
export interface Wallet {
  readonly id: string;
  readonly ownerId: string;
  readonly currency: Currency;
  /** Negative only down to a credit line. */
  readonly balanceMinor: bigint;
  /** Number of events in the wallet's stream. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** The part of the balance that open holds set aside. */
  readonly heldMinor: bigint;
  readonly status: WalletStatus;
  readonly terms: Terms;
  /** The version of the event that last changed the terms; 0 if none did. */
  readonly termsVersion: number;
  /** The version of the event that last changed metadata or labels; 0 if none did. */
  readonly detailsVersion: number;
}

/** What a wallet has as long as it only moves money. */
export const ordinaryState = {
  heldMinor: 0n,
  status: 'active',
  terms: ordinaryTerms,
  termsVersion: 0,
  detailsVersion: 0,
} as const satisfies Partial<Wallet>;

/** Whether the wallet has nothing but a balance, so its rows and events need no columns of their own. */
export function isOrdinary({ heldMinor, status, termsVersion, detailsVersion }: Wallet): boolean {
  return heldMinor === 0n && status === 'active' && termsVersion === 0 && detailsVersion === 0;
}

/** What the wallet can give now: its balance without what is held, above its minimum. */
export function availableMinor({ balanceMinor, heldMinor, terms }: Wallet): bigint {
  return balanceMinor - heldMinor - terms.minimumMinor;
}

/** A stream breaks a rule that every event of this service keeps. Names wallet, version and rule. */
export class BrokenStreamError extends Error {
  override readonly name = 'BrokenStreamError';
}

/**
 * The wallet after one more event. Throws BrokenStreamError if version, balance or order are impossible: this
 * service never decided such an event.
 */
export function evolve(
  wallet: Wallet | undefined,
  { walletId, version, occurredAt, event }: BalanceStep,
): Wallet {
  const broken = (rule: string) => new BrokenStreamError(`wallet "${walletId}" version ${version}: ${rule}`);
  if (version !== (wallet?.version ?? 0) + 1) throw broken(`follows version ${wallet?.version ?? 0}`);

  if (event.type === 'WalletCreated') {
    if (wallet !== undefined) throw broken('a wallet is created once');
    const { ownerId, currency, balanceMinor } = event;
    if (balanceMinor < 0n) throw broken(`balance ${balanceMinor} is negative`);
    return {
      id: walletId,
      ownerId,
      currency,
      balanceMinor,
      version,
      createdAt: occurredAt,
      updatedAt: occurredAt,
      ...ordinaryState,
    };
  }
  if (wallet === undefined) throw broken(`${event.type} before WalletCreated`);
  if (wallet.status === 'closed') throw broken(`${event.type} after WalletClosed`);
  if (event.currency !== wallet.currency)
    throw broken(`currency ${event.currency} should be ${wallet.currency}`);
  const next = after(wallet, version, occurredAt, event);
  if (event.balanceMinor !== next.balanceMinor)
    throw broken(`balance ${event.balanceMinor} should be ${next.balanceMinor}`);
  const wrong = wrongState(event, next);
  if (wrong !== undefined) throw broken(wrong);
  if (next.heldMinor < 0n) throw broken(`held ${next.heldMinor} is negative`);
  if (availableMinor(next) < 0n) throw broken(belowMinimum(next));
  return next;
}

/** The rule that a wallet breaks of which less than nothing is available. */
export function belowMinimum({ balanceMinor, heldMinor, terms }: Wallet): string {
  return heldMinor === 0n && terms.minimumMinor === 0n
    ? `balance ${balanceMinor} is negative`
    : `balance ${balanceMinor} with ${heldMinor} held is below ${terms.minimumMinor}`;
}

function after(wallet: Wallet, version: number, occurredAt: Date, event: BalanceEvent): Wallet {
  const { balanceMinor, heldMinor } = effectOf(event);
  // Named one by one, because a spread takes a third longer: 42 and 33 ns an event in a rebuild.
  const moved: Wallet = {
    id: wallet.id,
    ownerId: wallet.ownerId,
    currency: wallet.currency,
    balanceMinor: wallet.balanceMinor + balanceMinor,
    version,
    createdAt: wallet.createdAt,
    updatedAt: occurredAt,
    heldMinor: wallet.heldMinor + heldMinor,
    status: wallet.status,
    terms: wallet.terms,
    termsVersion: wallet.termsVersion,
    detailsVersion: wallet.detailsVersion,
  };
  switch (event.type) {
    case 'WalletFrozen':
      return { ...moved, status: 'frozen', terms: event.terms, termsVersion: version };
    case 'WalletUnfrozen':
      return { ...moved, status: 'active', terms: event.terms, termsVersion: version };
    case 'WalletLimitsChanged':
    case 'VelocityRulesChanged':
    case 'AlertRulesChanged':
      return { ...moved, terms: event.terms, termsVersion: version };
    case 'WalletClosed':
      return { ...moved, status: 'closed' };
    case 'WalletDetailsChanged':
      return { ...moved, detailsVersion: version };
    default:
      return moved;
  }
}

/** The members of an event that say what state it leaves. */
export function stateAfter({ heldMinor, status, termsVersion, detailsVersion }: Wallet): StateAfter {
  return {
    ...(heldMinor === 0n ? {} : { heldMinor }),
    ...(status === 'active' ? {} : { status }),
    ...(termsVersion === 0 ? {} : { termsVersion }),
    ...(detailsVersion === 0 ? {} : { detailsVersion }),
  };
}

function wrongState(event: BalanceEvent, next: Wallet): string | undefined {
  const { heldMinor = 0n, status = 'active', termsVersion = 0, detailsVersion = 0 } = event;
  if (heldMinor !== next.heldMinor) return `held ${heldMinor} should be ${next.heldMinor}`;
  if (status !== next.status) return `status ${status} should be ${next.status}`;
  if (termsVersion !== next.termsVersion)
    return `terms of version ${termsVersion} should be of ${next.termsVersion}`;
  return detailsVersion === next.detailsVersion
    ? undefined
    : `details of version ${detailsVersion} should be of ${next.detailsVersion}`;
}
