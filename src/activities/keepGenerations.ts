// The activity of pruneOutbox that keeps the generations of idempotency records, every hour. It partitions
// the records of an older installation. It begins a new generation once the current one is old enough, and
// drops those whose retention is over. Each step is a database transaction, and the next run goes on after a
// crash.
//
// Invariant: a record lives for the whole retention. A generation lasts half of that, and is dropped the
// retention after its end.
import type { Pool } from 'pg';
import {
  checkFirstGeneration,
  correctTimes,
  dropGeneration,
  makeGeneration,
  noteDue,
  partitionRecords,
  readGenerations,
  switchGeneration,
} from '../eventStore/generations.ts';
import { analyzeTables } from '../eventStore/statistics.ts';
import { whenLocked } from '../eventStore/whenLocked.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { closePrune } from '../projections/outbox/pruneHorizon.ts';
import { throwIfCancelled, withHeartbeats } from './heartbeats.ts';
import { openWindow, type UpkeepChunk } from './upkeep.ts';

export interface GenerationDeps {
  readonly pool: Pool;
  readonly idempotencyRetentionHours: number;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** Each command looks in all generations. Above this number the current one lasts longer instead. */
const generationsMax = 6;
/** The run of the next hour tries again. Commands wait 300 ms at most for each try. */
const tries = { triesMax: 3, pauseMs: 1_000 };
const hourMs = 3_600_000;

/** Hours that commands are written into one generation. The schedule comes once an hour. */
export function generationLastsHours(retentionHours: number): number {
  return Math.max(1, retentionHours / 2);
}

export function createGenerationActivities(deps: GenerationDeps) {
  const { pool, idempotencyRetentionHours: retentionHours } = deps;
  return {
    /**
     * Counts the records of the dropped generations, as the planner estimates them. Releases before this one
     * swept the records in several calls, and sent `anew` with the first.
     */
    pruneIdempotencyKeys: (argument: { confirmed?: boolean; anew?: boolean } = {}): Promise<UpkeepChunk> => {
      const { confirmed = false } = argument;
      const sum = { count: 0, after: 0, done: true };
      return withHeartbeats({ details: () => sum }, async () => {
        await noteDue(pool, generationLastsHours(retentionHours), retentionHours);
        if (!(await ensurePartitioned(deps))) return sum;
        const switched = await switchIfDue(deps);
        // A refusal is final, so it comes after what needs no trust in clocks.
        const subject = 'idempotency generations';
        const window = await openWindow(pool, { subject, retentionHours, confirmed });
        const { databaseNow } = await readGenerations(pool);
        await correctTimes(pool, window.after, new Date(Math.max(databaseNow.getTime(), Date.now())));
        const dropped = await dropEnded(deps, window.before);
        sum.count = dropped.records;
        if (dropped.all) await closePrune(pool, subject, window);
        if (switched || dropped.count > 0) await analyzeTables(pool, ['idempotency_keys']);
        await noteDue(pool, generationLastsHours(retentionHours), retentionHours);
        return sum;
      });
    },
  };
}

/**
 * Returns whether the records have generations. They get them at an hour at which nothing holds their table.
 */
async function ensurePartitioned({ pool, failpoint }: GenerationDeps): Promise<boolean> {
  if ((await readGenerations(pool)).partitioned) return true;
  await checkFirstGeneration(pool);
  failpoint?.('afterFirstGenerationChecked');
  if ((await whenLocked(tries, () => partitionRecords(pool))) === undefined) return false;
  failpoint?.('afterRecordsPartitioned');
  return true;
}

/** The earlier clock counts. A generation that ends too early would only be one more to look in. */
async function switchIfDue({ pool, failpoint, idempotencyRetentionHours }: GenerationDeps): Promise<boolean> {
  const { databaseNow, current, existing } = await readGenerations(pool);
  const beganAt = existing.find(({ generation }) => generation === current)?.beganAt;
  if (beganAt === undefined || beganAt === null || existing.length >= generationsMax) return false;
  const ageMs = Math.min(databaseNow.getTime(), Date.now()) - beganAt.getTime();
  if (ageMs < generationLastsHours(idempotencyRetentionHours) * hourMs) return false;
  if ((await whenLocked(tries, () => makeGeneration(pool, current + 1))) === undefined) return false;
  failpoint?.('afterGenerationMade');
  const switched = await whenLocked(tries, () => switchGeneration(pool, current + 1));
  if (switched === true) failpoint?.('afterGenerationSwitched');
  return switched === true;
}

interface Dropped {
  readonly count: number;
  readonly records: number;
  /** False if a generation is left whose retention is over. */
  readonly all: boolean;
}

async function dropEnded({ pool, failpoint }: GenerationDeps, before: Date): Promise<Dropped> {
  const dropped = { count: 0, records: 0, all: true };
  const { existing } = await readGenerations(pool);
  for (const { generation, endedAt, records } of existing) {
    if (endedAt === null || endedAt >= before) continue;
    throwIfCancelled();
    if (!(await whenLocked(tries, () => dropGeneration(pool, generation, before))))
      return { ...dropped, all: false };
    dropped.count += 1;
    dropped.records += records;
    failpoint?.('afterGenerationDropped');
  }
  return dropped;
}
