// The moments at which something was decided or read. The event store keeps no time of a refusal or a read,
// so its time is known between two bounds. Only the ends of holds and freezes between them make a difference.
import type { ModelWallet } from '../../support/model/wallets.ts';

/** The clock of the calls and that of the database are read a moment apart, in whole milliseconds. */
export const clockSlackMs = 2;
const latestMs = 8.64e15;

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** The time of day between a request and its answer, in milliseconds. */
export function boundsOf(
  { invokedAt, answeredAt }: { readonly invokedAt: number; readonly answeredAt: number },
  epochMs: number,
): Bounds {
  return {
    from: epochMs + invokedAt - clockSlackMs,
    to: Math.min(epochMs + answeredAt, latestMs - clockSlackMs) + clockSlackMs,
  };
}

/** The bounds, and each of these ends between them with the moment before it. */
export function momentsBetween({ from, to }: Bounds, ends: readonly number[]): readonly string[] {
  if (from > to) return [];
  const moments = ends.flatMap((end) => [end - 1, end]).filter((end) => end > from && end < to);
  return [...new Set([from, ...moments, to])].map((ms) => new Date(ms).toISOString());
}

/** When the open holds of a wallet and its freeze end. */
export function endsOf({ holds, freeze }: ModelWallet): readonly number[] {
  const open = [...holds.values()].filter(({ status }) => status === 'open');
  const until = freeze?.until === undefined ? [] : [freeze.until];
  return [...open.map(({ expiresAt }) => expiresAt), ...until].map((time) => Date.parse(time));
}
