// Waits until the system is at rest: first the command path, then the projections. Only a log that no longer
// grows can be compared with anything.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Pool, PoolClient } from 'pg';
import { type ProjectionName, projectionNames, requiredProjections } from '../src/projections/registry.ts';

const pollMs = 100;
const stablePollsMin = 5;
const settleWithinMs = 60_000;
const projectWithinMs = 180_000;

type Database = Pool | PoolClient | Client;

/**
 * The server still carries out commands of clients that are gone. Waits until the log, the stored answers and
 * the sessions of the command path are unchanged for `stablePolls` polls of 100 ms. Counting millions of
 * answers takes longer than the wait may take. Where every command makes an event, the log tells as much.
 */
export async function settled(
  database: Database,
  stablePolls = stablePollsMin,
  { countsRecords = true } = {},
): Promise<void> {
  let last: string | undefined;
  let stable = 0;
  await until(settleWithinMs, 'the command path did not come to rest', async () => {
    const state = await readState(database, countsRecords);
    stable = state === last && state?.endsWith(' 0') === true ? stable + 1 : 0;
    last = state;
    return stable >= stablePolls ? undefined : `state ${state ?? 'unknown'}`;
  });
}

async function readState(database: Database, countsRecords: boolean): Promise<string | undefined> {
  const { rows } = await (database as Pool).query<{ state: string }>(
    `select position || ' ' || (select count(*) from idempotency_keys where $1::boolean) || ' ' || (
              select count(*) from pg_stat_activity
               where datname = current_database() and application_name like 'wallet-commands%' and state <> 'idle'
            ) as state
       from log_head`,
    [countsRecords],
  );
  return rows[0]?.state;
}

/** The tests make holds and freezes that end within this. Any later end is not waited for. */
const soon = "interval '1 hour'";
const endsWithinMs = 30_000;

/**
 * Waits until nothing ends soon: no open hold, and no freeze. What is due is ended by the sweep alone now.
 * Gives what stays longer than any lifetime in a test and several periods of the sweep, in words.
 */
export async function nothingDue(database: Pool): Promise<readonly string[]> {
  let last: readonly string[] = [];
  try {
    await until(endsWithinMs, 'what is due did not end', async () => {
      const { rows } = await database.query<{ what: string }>(
        `select 'hold ' || hold_id || ' of ' || wallet_id || ' is due at ' || expires_at as what
           from holds
          where ended_as is null
            and expires_at < clock_timestamp() + ${soon}
          union all
         select 'the freeze of ' || id || ' is due at ' || (terms ->> 'until')
           from wallets
          where status = 'frozen'
            and (terms ->> 'until')::timestamptz < clock_timestamp() + ${soon}
          limit 10`,
      );
      last = rows.map(({ what }) => what);
      return last[0];
    });
    return [];
  } catch (error) {
    if (last.length === 0) throw error;
    return last;
  }
}

/**
 * Waits until every required projection has every event up to that position and no event is parked. Webhooks
 * wait for their receivers.
 */
export async function projected(database: Pool, position: number): Promise<void> {
  await until(projectWithinMs, 'the projections did not catch up', async () => {
    const { rows } = await database.query<{ behind: string; unprocessed: string; parked: string }>(
      `select (select count(*)
                 from projector_checkpoints
                where position < $1::bigint
                  and projection = any($2::text[])) as behind,
              (select count(*) from outbox where processed_at is null and position <= $1::bigint) as unprocessed,
              (select count(*) from projection_failures where resolved_at is null) as parked`,
      [position, requiredProjections],
    );
    const [row] = rows;
    const isDone = row?.behind === '0' && row.unprocessed === '0' && row.parked === '0';
    return isDone ? undefined : `up to ${position}: ${JSON.stringify(row)}`;
  });
}

export interface CatchUp {
  readonly projections?: readonly ProjectionName[];
  readonly waitMaxMs: number;
  readonly signal?: AbortSignal;
}

const catchUpPollMs = 20;

/** Waits until the checkpoints reach the head that the log has now. Gives the milliseconds that it took. */
export async function caughtUp(database: Pool, options: CatchUp): Promise<number> {
  const { projections = projectionNames, waitMaxMs, signal } = options;
  const startedAt = performance.now();
  const { rows: heads } = await database.query<{ position: string }>('select position from log_head');
  const failure = `${projections.join(' and ')} did not catch up`;
  const behind = async () => {
    signal?.throwIfAborted();
    const { rows } = await database.query<{ behind: string }>(
      `select coalesce(sum($1::bigint - position), 0) as behind
         from projector_checkpoints
        where projection = any($2::text[])
          and position < $1::bigint`,
      [heads[0]?.position, projections],
    );
    return rows[0]?.behind === '0' ? undefined : `${rows[0]?.behind ?? 'unknown'} events still wait`;
  };
  await until(waitMaxMs, failure, behind, catchUpPollMs);
  return performance.now() - startedAt;
}

/** Asks until `reason` names nothing that is still missing. Throws with the last reason after `waitMaxMs`. */
async function until(
  waitMaxMs: number,
  failure: string,
  reason: () => Promise<string | undefined>,
  everyMs = pollMs,
): Promise<void> {
  const deadline = performance.now() + waitMaxMs;
  for (;;) {
    const missing = await reason();
    if (missing === undefined) return;
    if (performance.now() > deadline) throw new Error(`${failure} in ${waitMaxMs} ms: ${missing}`);
    await pause(everyMs);
  }
}
