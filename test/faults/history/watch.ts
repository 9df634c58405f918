// I1 to I6 every second while everything goes on, each time in one snapshot of the event store. What it misses while
// PostgreSQL is killed is looked at behind the round: the log keeps everything.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import { violations } from '../../../harness/invariants/invariant.ts';
import { storeInvariants } from '../../../harness/invariants/storeInvariants.ts';
import { readStoreRows, type RoundStart } from '../../../harness/invariants/rows.ts';

const everyMs = 1_000;

export interface Watched {
  readonly snapshots: number;
  /** Looks that failed because the database was away just then. */
  readonly missed: number;
  readonly findings: readonly string[];
}

export interface Watch {
  /** Looks a last time and tells. */
  readonly stop: () => Promise<Watched>;
}

export function watchInvariants(database: Pool, start: RoundStart): Watch {
  const stopping = new AbortController();
  const findings = new Set<string>();
  let [snapshots, missed] = [0, 0];

  const check = async () => {
    const rows = await readStoreRows(database, start);
    for (const wrong of violations(storeInvariants, rows)) findings.add(wrong);
    snapshots += 1;
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      // PostgreSQL is killed on purpose in some rounds; every other look goes through, and the last one has to.
      try {
        await check();
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error;
        missed += 1;
      }
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  // It is awaited at the stop: until then a failure must not end this process.
  watching.catch(() => undefined);
  return {
    stop: async () => {
      stopping.abort();
      await watching;
      await check();
      return { snapshots, missed, findings: [...findings] };
    },
  };
}
