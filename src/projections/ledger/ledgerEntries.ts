// Maps an event to its double-entry legs. Pure. A wallet's balance is a liability to its owner, so a credit
// raises it. Money comes from and goes to the settlement account of its currency. A transfer is booked once,
// under its TransferSent, which knows both balances.
import type { BookableRecord } from '../../domain/events.ts';

export interface LedgerEntry {
  readonly position: bigint;
  /** 1 is the debit, 2 is the credit. */
  readonly leg: 1 | 2;
  /** `wallet:<id>` or `settlement:<currency>`. */
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amountMinor: bigint;
  readonly currency: string;
  /** The wallet's balance after this entry; null on settlement accounts, which carry none. */
  readonly balanceAfterMinor: bigint | null;
  readonly occurredAt: Date;
}

/** The event can't be booked. The message names the rule that it breaks. */
export class UnbookableEventError extends Error {
  override readonly name = 'UnbookableEventError';
}

interface Side {
  readonly account: string;
  readonly balanceAfterMinor: bigint | null;
}

/** Both legs of an event that moves money, or none. Throws UnbookableEventError. */
export function ledgerEntries(stored: BookableRecord): readonly LedgerEntry[] {
  const { walletId, event } = stored;
  const wallet: Side = { account: `wallet:${walletId}`, balanceAfterMinor: event.balanceMinor };
  const settlement: Side = { account: `settlement:${event.currency}`, balanceAfterMinor: null };
  switch (event.type) {
    case 'WalletCreated':
      return event.balanceMinor === 0n ? [] : legs(stored, event.balanceMinor, settlement, wallet);
    case 'WalletCredited':
      return legs(stored, event.amountMinor, settlement, wallet);
    case 'WalletDebited':
      return legs(stored, event.amountMinor, wallet, settlement);
    case 'TransferSent':
      return legs(stored, event.amountMinor, wallet, {
        account: `wallet:${event.toWalletId}`,
        balanceAfterMinor: event.toBalanceMinor,
      });
    case 'TransferReceived':
      return [];
    default:
      return event satisfies never;
  }
}

function legs(
  stored: BookableRecord,
  amountMinor: bigint,
  debit: Side,
  credit: Side,
): readonly LedgerEntry[] {
  const { position, occurredAt } = stored;
  const { currency } = stored.event;
  if (amountMinor <= 0n) throw new UnbookableEventError(`amount ${amountMinor} is not above zero`);
  if (debit.account === credit.account) {
    throw new UnbookableEventError(`debit and credit are the same account ${debit.account}`);
  }
  const entries: readonly LedgerEntry[] = [
    { ...debit, position, leg: 1, direction: 'debit', amountMinor, currency, occurredAt },
    { ...credit, position, leg: 2, direction: 'credit', amountMinor, currency, occurredAt },
  ];
  const sumMinor = balanceOf(entries);
  if (sumMinor !== 0n) throw new UnbookableEventError(`debits and credits differ by ${sumMinor}`);
  return entries;
}

/** Debits minus credits, in minor units; 0 for every balanced set of entries. */
export function balanceOf(entries: readonly LedgerEntry[]): bigint {
  return entries.reduce(
    (sum, { direction, amountMinor }) => sum + (direction === 'debit' ? amountMinor : -amountMinor),
    0n,
  );
}
