// Finds the part of the log that belongs to a time, and tells how far a replay of it is. It asks the database
// without a wall, because most events in between are of other tenants. A whole per cent tells next to nothing
// of them.
import type { Pool } from 'pg';
import { halveLog } from '../eventStore/halveLog.ts';
import { readHead } from '../eventStore/logHead.ts';
import { readRetainedFrom } from '../eventStore/retainedLog.ts';
import type { Replay } from './replayReads.ts';

/** A replay, and the whole per cent of its part of the log that it has passed. */
export interface ShownReplay extends Replay {
  readonly progress: number;
}

/**
 * Adds how far each replay is. Its first position is not stored, and the time of events in the log does not
 * change. So it is found again as it was when the replay was made.
 */
export async function withProgress<Given extends Replay>(
  pool: Pick<Pool, 'query'>,
  replays: readonly Given[],
): Promise<readonly (Given & ShownReplay)[]> {
  const shown: (Given & ShownReplay)[] = [];
  for (const replay of replays) {
    const isSent = replay.outcome === 'sent';
    const from = isSent ? replay.position : await firstPosition(pool, replay.from);
    shown.push({ ...replay, progress: isSent ? 100 : progressOf(replay, from) });
  }
  return shown;
}

/** Only one that has ended is whole. */
const openMax = 99;

function progressOf({ position, untilPosition, cursor }: Replay, from: bigint): number {
  const until = untilPosition < cursor ? untilPosition : cursor;
  if (position <= from || until <= from) return 0;
  return Math.min(openMax, Number((100n * (position - from)) / (until - from)));
}

/** Clocks of processes differ, so events are looked for from a little before to a little after. */
const clocksDifferMaxMs = 300_000;

/** Everything from this time on comes after it. */
export const firstPosition = (pool: Pick<Pool, 'query'>, from: Date) =>
  positionBefore(pool, new Date(from.getTime() - clocksDifferMaxMs));

/** Everything up to this time comes before it, or at it. */
export const lastPosition = (pool: Pick<Pool, 'query'>, until: Date) =>
  positionBefore(pool, new Date(until.getTime() + clocksDifferMaxMs));

/**
 * An archived position has no event that says on which side of the time it lies. So the search begins after
 * them.
 */
async function positionBefore(pool: Pick<Pool, 'query'>, time: Date): Promise<bigint> {
  const retained = { low: (await readRetainedFrom(pool)) - 1n, high: await readHead(pool) };
  return halveLog(retained, async (position) => {
    const { rows } = await pool.query<{ is_before: boolean }>({
      name: 'is-event-before',
      text: `
        select occurred_at < $2::timestamptz as is_before
          from events
         where position = $1::bigint`,
      values: [position, time],
    });
    return rows[0]?.is_before === true;
  });
}
