// Collects the events that a consumer of the feed got: how late each came, how often one came again, and
// whether any is missing.
//
// A delay runs from the `time` of the event to its arrival in this process. A command gets that time before
// it is decided. That is a little too early, never too late. Both clocks are those of one machine.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ConsistencyError } from '../database/check.ts';
import type { Load } from '../load/load.ts';
import { latencyOf } from '../statistics.ts';

/** The longest wait for events that were committed. */
const arriveWithinMs = 60_000;
const pollMs = 20;

export interface Delay {
  readonly events: number;
  /** Arrivals of events that were there before. A delivery is promised at least once. */
  readonly repeated: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export interface Arrivals {
  /** Takes a CloudEvent as JSON. */
  readonly take: (text: string) => void;
  /** Forgets everything, and expects the events after this position of the log. */
  readonly startAfter: (position: bigint) => void;
  /** Waits for the events of these wallets. Throws if one is missing or came before its predecessor. */
  readonly complete: (database: Pick<Pool, 'query'>, wallets: Load['wallets']) => Promise<Delay>;
}

interface Arrived {
  readonly id: string;
  readonly subject: string;
  readonly time: string;
  readonly sequence: string;
}

/** `name` says in failures whose events these are. */
export function createArrivals(name: string): Arrivals {
  let after = 0n;
  let repeated = 0;
  let early = 0;
  let delaysMs: number[] = [];
  const seen = new Set<string>();
  const versions = new Map<string, number>();
  return {
    take: (text) => {
      const arrivedAt = performance.timeOrigin + performance.now();
      const { id, subject, time, sequence } = JSON.parse(text) as Arrived;
      if (seen.has(id)) {
        repeated += 1;
        return;
      }
      seen.add(id);
      delaysMs.push(arrivedAt - Date.parse(time));
      const version = Number(sequence);
      const before = versions.get(subject) ?? version - 1;
      if (version !== before + 1) early += 1;
      versions.set(subject, version);
    },
    startAfter: (position) => {
      [after, repeated, early, delaysMs] = [position, 0, 0, []];
      seen.clear();
      versions.clear();
    },
    complete: async (database, wallets) => {
      const expected = await readIds(database, after, wallets);
      const missing = () => expected.filter((id) => !seen.has(id)).length;
      const deadline = performance.now() + arriveWithinMs;
      while (seen.size < expected.length && performance.now() < deadline) await pause(pollMs);
      if (missing() > 0)
        throw new ConsistencyError(`${name}: ${missing()} of ${expected.length} events are missing`);
      if (early > 0) throw new ConsistencyError(`${name}: ${early} events came before their predecessor`);
      const { p50, p95, p99 } = latencyOf(delaysMs);
      const worstMs = delaysMs.reduce((most, delayMs) => Math.max(most, delayMs), 0);
      return { events: expected.length, repeated, p50Ms: p50, p95Ms: p95, p99Ms: p99, worstMs };
    },
  };
}

/** The log is at rest by then, so these are all. */
async function readIds(
  database: Pick<Pool, 'query'>,
  after: bigint,
  { first, count }: Load['wallets'],
): Promise<readonly string[]> {
  const { rows } = await database.query<{ id: string }>(
    `select wallet_id || '@' || version as id
       from events
      where position > $1::bigint
        and substr(wallet_id, 3)::bigint between $2::bigint and $3::bigint`,
    [after.toString(), first, first + count - 1],
  );
  return rows.map(({ id }) => id);
}
