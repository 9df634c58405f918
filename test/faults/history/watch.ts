// Checks the invariants of the event store every second during a round, each time in one snapshot. Snapshots
// that fail while PostgreSQL is down are made up for after the round, because the log keeps everything.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isDatabaseUnavailable } from '../../../src/eventStore/databaseFailure.ts';
import { violations } from '../../../harness/invariants/invariant.ts';
import { storeInvariants } from '../../../harness/invariants/storeInvariants.ts';
import { readStoreRows } from '../../../harness/invariants/readStoreRows.ts';
import type { RoundStart } from '../../../harness/invariants/rows.ts';

const everyMs = 1_000;

interface Watched {
  readonly snapshots: number;
  /** Snapshots that failed because the database was away. */
  readonly missed: number;
  readonly findings: readonly string[];
}

export interface Watch {
  /** Checks a last time and reports. */
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
      // PostgreSQL is killed on purpose in some rounds. The last check has to succeed.
      try {
        await check();
      } catch (error) {
        if (!isDatabaseUnavailable(error)) throw error;
        missed += 1;
      }
      await pause(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  // It is awaited at the stop. Until then a failure must not end this process.
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
