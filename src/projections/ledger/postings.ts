// Maps an event to its double-entry postings. Pure. A posting moves one amount from one account to another,
// so debits equal credits by construction. A wallet's balance is a liability to its owner, so a credit raises
// it. Money comes from and goes to the settlement account of its currency. A transfer is booked once, under
// its TransferSent, which knows both balances.
import { effectOf } from '../../domain/effects.ts';
import type { BookableRecord } from '../../domain/events.ts';
import { scopedId, tenantOf } from '../../domain/tenant.ts';

/** `settled` is money that has moved, `pending` is money on hold. */
export type Layer = 'settled' | 'pending';

export interface Posting {
  readonly position: bigint;
  /** From 1 within its event. */
  readonly posting: number;
  readonly layer: Layer;
  readonly debit: Side;
  readonly credit: Side;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly occurredAt: Date;
}

/** The account on one side of a posting. */
export interface Side {
  /** Null means the account of the currency and the layer, which belongs to no wallet. */
  readonly walletId: string | null;
  /** The wallet's balance after the posting; null without a wallet. */
  readonly balanceAfterMinor: bigint | null;
}

/** The event can't be booked. The message names the rule that it breaks. */
export class UnbookableEventError extends Error {
  override readonly name = 'UnbookableEventError';
}

const ofNoWallet: Side = { walletId: null, balanceAfterMinor: null };
/** The bounds of PostgreSQL's bigint. COPY would store the lower 64 bits of any other number. */
const minorMax = 2n ** 63n - 1n;
const minorMin = -(2n ** 63n);

/** The postings of an event that moves money or holds it, in order, or none. Throws UnbookableEventError. */
export function postingsOf(stored: BookableRecord): readonly Posting[] {
  const { walletId, event } = stored;
  const wallet: Side = { walletId, balanceAfterMinor: event.balanceMinor };
  switch (event.type) {
    case 'WalletCreated':
      return event.balanceMinor === 0n ? [] : [settled(stored, event.balanceMinor, ofNoWallet, wallet)];
    case 'WalletCredited':
    case 'DebitRefunded':
      return [settled(stored, event.amountMinor, ofNoWallet, wallet)];
    case 'WalletDebited':
    case 'CreditReversed':
      return [settled(stored, event.amountMinor, wallet, ofNoWallet)];
    case 'TransferSent':
    case 'TransferReturned':
      return [settled(stored, event.amountMinor, wallet, receiverOf(event))];
    case 'HoldPlaced':
      return [held(stored, event.amountMinor)];
    case 'HoldAdjusted':
      return event.changeMinor === 0n ? [] : [held(stored, event.changeMinor)];
    case 'HoldReleased':
      return [held(stored, -event.amountMinor)];
    case 'HoldCaptured':
      return [
        settled(stored, event.amountMinor, wallet, receiverOf(event)),
        { ...held(stored, effectOf(event).heldMinor), posting: 2 },
      ];
    case 'TransferReceived':
    case 'TransferReturnReceived':
    case 'WalletFrozen':
    case 'WalletUnfrozen':
    case 'WalletLimitsChanged':
    case 'VelocityRulesChanged':
    case 'AlertRulesChanged':
    case 'WalletClosed':
    case 'WalletDetailsChanged':
      return [];
    default:
      return event satisfies never;
  }
}

function receiverOf({ toWalletId, toBalanceMinor }: { toWalletId?: string; toBalanceMinor?: bigint }): Side {
  if (toWalletId === undefined) return ofNoWallet;
  return { walletId: toWalletId, balanceAfterMinor: toBalanceMinor ?? null };
}

/** Moves an amount into the held part of the wallet's balance, or a negative one out of it. */
function held(stored: BookableRecord, changeMinor: bigint): Posting {
  const { walletId, event } = stored;
  const wallet: Side = { walletId, balanceAfterMinor: event.heldMinor ?? 0n };
  return changeMinor > 0n
    ? posting(stored, 'pending', changeMinor, wallet, ofNoWallet)
    : posting(stored, 'pending', -changeMinor, ofNoWallet, wallet);
}

function settled(stored: BookableRecord, amountMinor: bigint, debit: Side, credit: Side): Posting {
  return posting(stored, 'settled', amountMinor, debit, credit);
}

function posting(
  { position, occurredAt, event: { currency } }: BookableRecord,
  layer: Layer,
  amountMinor: bigint,
  debit: Side,
  credit: Side,
): Posting {
  if (amountMinor <= 0n) throw new UnbookableEventError(`amount ${amountMinor} is not above zero`);
  assertFits(amountMinor, 'amount');
  assertFits(debit.balanceAfterMinor, 'balance');
  assertFits(credit.balanceAfterMinor, 'balance');
  if (debit.walletId === credit.walletId) {
    const account = accountOf(debit.walletId, credit.walletId, currency, layer);
    throw new UnbookableEventError(`debit and credit are the same account ${account}`);
  }
  return { position, posting: 1, layer, debit, credit, amountMinor, currency, occurredAt };
}

function assertFits(minor: bigint | null, name: string): void {
  if (minor !== null && (minor > minorMax || minor < minorMin))
    throw new UnbookableEventError(`${name} ${minor} is out of range for the ledger`);
}

/**
 * The account's name: `wallet:<id>`, `settlement:<currency>`, or `holds:<currency>`. An account without a
 * wallet belongs to the tenant of the wallet on the other side.
 */
export function accountOf(
  walletId: string | null,
  otherWalletId: string | null,
  currency: string,
  layer: Layer,
): string {
  if (walletId !== null) return `wallet:${walletId}`;
  const tenant = tenantOf(otherWalletId ?? '');
  return `${layer === 'settled' ? 'settlement' : 'holds'}:${scopedId(tenant, currency)}`;
}
