// Collects the events that a consumer of the feed got: how late each came, how often one came again, and
// whether any is missing.
//
// A delay runs from the `time` of the event to its arrival in this process. A command gets that time before
// it is decided. That is a little too early, never too late. Both clocks are those of one machine.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createFirstArrivals, type LoggedEvent } from '../../harness/feed/firstArrivals.ts';
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

/** `name` says in failures whose events these are. */
export function createArrivals(name: string): Arrivals {
  let after = 0n;
  let delaysMs: number[] = [];
  const arrivals = createFirstArrivals();
  return {
    take: (text) => {
      const arrivedAt = performance.timeOrigin + performance.now();
      const { id, time } = JSON.parse(text) as { readonly id: string; readonly time: string };
      if (arrivals.take(id)) delaysMs.push(arrivedAt - Date.parse(time));
    },
    startAfter: (position) => {
      [after, delaysMs] = [position, []];
      arrivals.forget();
    },
    complete: async (database, wallets) => {
      const logged = await readLogged(database, after, wallets);
      const deadline = performance.now() + arriveWithinMs;
      while (arrivals.size() < logged.length && performance.now() < deadline) await pause(pollMs);
      const missing = arrivals.missing(logged).length;
      if (missing > 0)
        throw new ConsistencyError(`${name}: ${missing} of ${logged.length} events are missing`);
      const early = arrivals.early(logged).length;
      if (early > 0) throw new ConsistencyError(`${name}: ${early} events came before their predecessor`);
      const { p50, p95, p99 } = latencyOf(delaysMs);
      const worstMs = delaysMs.reduce((most, delayMs) => Math.max(most, delayMs), 0);
      const repeated = arrivals.repeated();
      return { events: logged.length, repeated, p50Ms: p50, p95Ms: p95, p99Ms: p99, worstMs };
    },
  };
}

/** The log is at rest by then, so these are all. */
async function readLogged(
  database: Pick<Pool, 'query'>,
  after: bigint,
  { first, count }: Load['wallets'],
): Promise<readonly LoggedEvent[]> {
  const { rows } = await database.query<LoggedEvent>(
    `select wallet_id || '@' || version as id, wallet_id as subject
       from events
      where position > $1::bigint
        and substr(wallet_id, 3)::bigint between $2::bigint and $3::bigint
      order by position`,
    [after.toString(), first, first + count - 1],
  );
  return rows;
}
