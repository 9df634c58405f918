// Reads a wallet's balance at a time from the event store. Every event carries the balance after it, so
// neither a replay nor a projection is needed.
import { decodeEvent, type RecordedEvent } from '../eventCodec.ts';
import { readOpeningWallet } from '../openingRows.ts';
import { explainMissing } from '../retainedLog.ts';
import { findVersions } from './findVersions.ts';
import { readEventsAt } from './readEvents.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/** A wallet after its last event at a time. */
export interface BalanceAt {
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly version: number;
  readonly occurredAt: Date;
  /** The event. Undefined if it is archived, and the opening state has the balance. */
  readonly event: RecordedEvent | undefined;
}

/**
 * The wallet after the last event of its stream at `at` or before, or undefined without one. Throws
 * ArchivedError if that event is archived and not the last archived one.
 */
export async function readBalanceAt(
  pool: ReadDatabase,
  walletId: string,
  at: Date,
): Promise<BalanceAt | undefined> {
  const [last] = (await findVersions(pool, walletId, [{ time: at, inclusive: true }])) ?? [];
  if (last === undefined || last.version === 0) return undefined;
  const { version, position } = last;
  const [event] = await readEventsAt(pool, [position]);
  // An archived event has a position, too, and perhaps not its own.
  if (event?.walletId === walletId && event.version === version) {
    const { currency, balanceMinor } = decodeEvent(event).event;
    return { currency, balanceMinor, version, occurredAt: event.occurredAt, event };
  }
  const wallet = (await readOpeningWallet(pool, walletId))?.wallet;
  if (wallet?.version !== version) {
    await explainMissing(pool, walletId, version);
    return undefined;
  }
  const { currency, balanceMinor, updatedAt: occurredAt } = wallet;
  return { currency, balanceMinor, version, occurredAt, event: undefined };
}
