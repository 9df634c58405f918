// When everything has come to rest: first the command path, then the projections. Both are waited for as conditions.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';

const pollMs = 100;
const stablePolls = 5;
const settleWithinMs = 60_000;
const projectWithinMs = 180_000;

/** Commands whose client is gone are still carried out; until the log stands still there is nothing to compare. */
export async function settled(database: Pool): Promise<void> {
  let last: string | undefined;
  let stable = 0;
  await until(settleWithinMs, 'the command path did not come to rest', async () => {
    const { rows } = await database.query<{ state: string }>(
      `select position || ' ' || (select count(*) from idempotency_keys) || ' ' || (
                select count(*) from pg_stat_activity
                 where datname = current_database() and application_name = 'wallet-commands' and state <> 'idle'
              ) as state
         from log_head`,
    );
    const state = rows[0]?.state;
    stable = state === last && state?.endsWith(' 0') === true ? stable + 1 : 0;
    last = state;
    return stable >= stablePolls ? undefined : `state ${state ?? 'unknown'}`;
  });
}

/** Both projections have taken everything up to that position, and nothing is parked. */
export async function projected(database: Pool, position: number): Promise<void> {
  await until(projectWithinMs, 'the projections did not catch up', async () => {
    const { rows } = await database.query<{ behind: string; unprocessed: string; parked: string }>(
      `select (select count(*) from projector_checkpoints where position < $1::bigint) as behind,
              (select count(*) from outbox where processed_at is null and position <= $1::bigint) as unprocessed,
              (select count(*) from projection_failures where resolved_at is null) as parked`,
      [position],
    );
    const [row] = rows;
    const isDone = row?.behind === '0' && row.unprocessed === '0' && row.parked === '0';
    return isDone ? undefined : `up to ${position}: ${JSON.stringify(row)}`;
  });
}

/** Asks until nothing is in the way any more. Throws with what still is after `waitMaxMs`. */
async function until(waitMaxMs: number, failure: string, inTheWay: () => Promise<string | undefined>) {
  const deadline = performance.now() + waitMaxMs;
  for (;;) {
    const what = await inTheWay();
    if (what === undefined) return;
    if (performance.now() > deadline) throw new Error(`${failure} in ${waitMaxMs} ms: ${what}`);
    await pause(pollMs);
  }
}
