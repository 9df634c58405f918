// Drops the outbox rows of whole segments of the log. Nothing is deleted row by row, and nothing is left for
// vacuum. The function of migration 0027 decides and drops in one database transaction. So a crash leaves the
// segment as it was, or without its rows and noted as such.
//
// Invariant: a dropped row is processed, is not parked, and was kept for the whole retention.
import type { Pool } from 'pg';
import { inDatabaseTransaction } from '../../eventStore/database.ts';
import { queryLong } from '../../eventStore/longStatement.ts';
import { whenLocked } from '../../eventStore/whenLocked.ts';

/** Segments of one call. One is filled in a day at most. */
const droppedMax = 100;
/** Longest look at the rows of one segment, beside the commands. A segment of a busy day has millions. */
const readTimeMaxMs = 240_000;
/** Tries to lock the outbox. Each gives up after a quarter of a second, in which every append waits. */
const tries = { triesMax: 3, pauseMs: 1_000 };

/**
 * Drops what may go, the oldest segment first, and returns the number of rows. A dump holds the outbox for
 * hours, and each try halts the appends. So a segment that can't be locked soon is left to the next hour.
 */
export async function dropOutboxSegments(pool: Pool, before: Date): Promise<number> {
  let rows = 0;
  for (let count = 0; count < droppedMax; count += 1) {
    const dropped = await dropOldest(pool, before);
    if (dropped === undefined) return rows;
    rows += dropped;
  }
  return rows;
}

/** Undefined if the oldest segment has to stay, or could not be locked. */
async function dropOldest(pool: Pool, before: Date): Promise<number | undefined> {
  const result = await whenLocked(tries, () =>
    inDatabaseTransaction(pool, (client) =>
      queryLong<{ dropped: string | null }>(client, readTimeMaxMs, {
        text: `
          select drop_outbox_segment($1::timestamptz) as dropped`,
        values: [before],
      }),
    ),
  );
  const dropped = result?.rows[0]?.dropped ?? null;
  return dropped === null ? undefined : Number(dropped);
}
