// Writes the facts of an accepted outcome as JSON and reads them back. A fact is a hold, a capture, details,
// a reversal or the uses of velocity rules. The record of a command stores them beside its wallets.
import type { AcceptedFacts } from '../domain/decide/decision.ts';
import { reversalReasons } from '../domain/reversal.ts';
import type { Details } from '../domain/walletEvents.ts';
import { type HoldJson, readHold, writeHold } from './holdRows.ts';
import { readUses, type StoredUse, writeUse } from './velocityCodec.ts';

/** Amounts are decimal text of minor units. */
interface StoredFacts {
  readonly hold?: HoldJson;
  readonly capture?: { readonly captureId: string; readonly amount: string };
  readonly details?: Details;
  readonly reversal?: {
    readonly amount: string;
    readonly reversed: string;
    readonly remaining: string;
    readonly reason: string;
    /** Absent if the command names the first wallet. */
    readonly named?: 1;
  };
  readonly uses?: readonly StoredUse[];
}

export function writeFacts({ hold, capture, details, reversal, uses }: AcceptedFacts): StoredFacts {
  return {
    ...(hold && { hold: writeHold(hold) }),
    ...(capture && {
      capture: { captureId: capture.captureId, amount: capture.amountMinor.toString() },
    }),
    ...(details && { details }),
    ...(reversal && {
      reversal: {
        amount: reversal.amountMinor.toString(),
        reversed: reversal.reversedMinor.toString(),
        remaining: reversal.remainingMinor.toString(),
        reason: reversal.reason,
        ...(reversal.named === 1 && { named: 1 }),
      },
    }),
    ...(uses && { uses: uses.map(writeUse) }),
  };
}

/** `refuse` makes the error for content that this code did not write. */
export function readFacts(value: unknown, refuse: (reason: string) => Error): AcceptedFacts {
  const { hold, capture, details, reversal, uses } = value as StoredFacts;
  try {
    return {
      ...(hold && { hold: readHold(hold) }),
      ...(capture && {
        capture: { captureId: capture.captureId, amountMinor: BigInt(capture.amount) },
      }),
      ...(details && { details }),
      ...(reversal && { reversal: readReversalFacts(reversal) }),
      ...(uses && { uses: readUses(uses, refuse) }),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw refuse(`facts can't be read: ${error.message}`);
  }
}

function readReversalFacts(
  stored: NonNullable<StoredFacts['reversal']>,
): NonNullable<AcceptedFacts['reversal']> {
  const { amount, reversed, remaining, reason, named = 0 } = stored;
  const known = reversalReasons.find((one) => one === reason);
  if (known === undefined) throw new TypeError(`unknown reason ${reason}`);
  return {
    amountMinor: BigInt(amount),
    reversedMinor: BigInt(reversed),
    remainingMinor: BigInt(remaining),
    reason: known,
    named,
  };
}
