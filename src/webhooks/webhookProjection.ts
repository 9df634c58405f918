// The webhooks as a projection of the registry that drains itself. The schedule `drain-webhooks` starts its
// runs. The slowest endpoint sets the checkpoint, so the lag of the projection is the lag of that endpoint.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { readHead } from '../eventStore/logHead.ts';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { readEventsAt } from '../eventStore/read/readEvents.ts';
import { CheckpointMovedError, moveCheckpoint, readCheckpoint } from '../projections/checkpoints.ts';
import type { DrainReport, SelfDrained } from '../projections/drain/drain.ts';
import type { DrainPass } from '../projections/drain/drainBatch.ts';
import { UnrecoverableError } from '../projections/projection.ts';
import type { WebhookLane, WebhookPass } from './drainWebhooks.ts';
import { secretBoxMissing } from './secretBox.ts';

const name = 'webhooks';

/** Longest time between two passes. A change of an endpoint takes effect after it. */
const passPauseMs = 250;
/** The same while there is no endpoint. */
const emptyPauseMs = 1_000;
/** How often the checkpoint moves. */
const checkpointEveryMs = 1_000;

/** `lane` is undefined in a process that can't decrypt the secrets of endpoints. */
export function createWebhookProjection(pool: Pool, lane: WebhookLane | undefined): SelfDrained {
  let isDraining = false;
  return {
    name,
    writes: 'by-itself',
    drain: async (deps, stop, onPass) => {
      // The lane of a process has one loop. A second one would store cursors that the first has passed.
      if (isDraining) return { processed: 0, parked: 0, resolved: 0, position: null, reason: 'superseded' };
      isDraining = true;
      try {
        return await drainLane(pool, lane ?? noLane(pool), { ...deps, stop, onPass });
      } finally {
        isDraining = false;
      }
    },
  };
}

interface Run {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly budgetMs: number;
  readonly stop: AbortSignal;
  readonly onPass: (pass: DrainPass) => void;
}

async function drainLane(pool: Pool, lane: WebhookLane, run: Run): Promise<DrainReport> {
  const { now, stop, onPass } = run;
  const endsAt = now() + run.budgetMs;
  const sum = { processed: 0, parked: 0, resolved: 0, position: null as number | null };
  let checkpoint = await readCheckpoint(pool, name);
  let moveAt = now();
  let reason: DrainReport['reason'] = 'budget';
  const count = ({ delivered, parked }: WebhookPass, position: bigint) => {
    // What was parked is processed as well, as of any projection.
    const processed = delivered + parked;
    sum.processed += processed;
    sum.parked += parked;
    sum.position = Number(position);
    onPass({ processed, parked, parkedEvents: [], from: checkpoint, position });
  };
  await lane.begin();
  try {
    while (!stop.aborted && now() < endsAt) {
      const pass = await lane.pass();
      const isMoveDue = now() >= moveAt;
      if (isMoveDue) moveAt = now() + checkpointEveryMs;
      const next = isMoveDue ? await moveTo(pool, checkpoint, pass.position) : checkpoint;
      count(pass, next);
      checkpoint = next;
      const pauseMs = pass.position === undefined ? emptyPauseMs : passPauseMs;
      await lane.wait(Math.max(0, Math.min(pauseMs, endsAt - now())), stop);
    }
    if (stop.aborted) reason = 'stopped';
  } catch (error) {
    if (!(error instanceof CheckpointMovedError)) throw error;
    reason = 'superseded';
  } finally {
    count(await lane.end(stop.aborted ? 'stop' : 'handOver'), checkpoint);
  }
  return { ...sum, reason };
}

/** Moves the checkpoint to the place of the lane: to the head of the log if no endpoint is in it. */
async function moveTo(pool: Pool, from: bigint, position: bigint | undefined): Promise<bigint> {
  const to = position ?? (await readHead(pool));
  if (to === from) return from;
  const [event] = to === 0n ? [] : await readEventsAt(pool, [to]);
  const lastEventAt = event?.occurredAt ?? new Date();
  await inDatabaseTransaction(pool, (client) =>
    moveCheckpoint(client, { projection: name, from, to, lastEventAt }),
  );
  return to;
}

/** Fails as long as there are endpoints, so that an operator sees what is missing. */
function noLane(pool: Pool): WebhookLane {
  const assertNone = async () => {
    const { rowCount } = await pool.query({
      name: 'read-any-webhook-endpoint',
      text: `
        select
          from webhook_endpoints
         limit 1`,
    });
    if (rowCount !== 0) throw new UnrecoverableError(secretBoxMissing);
  };
  const nothing = { delivered: 0, parked: 0, position: undefined };
  return {
    begin: assertNone,
    pass: async () => {
      await assertNone();
      return nothing;
    },
    wait: (waitMaxMs, stop) => pause(waitMaxMs, undefined, { signal: stop }).catch(() => undefined),
    end: () => Promise.resolve(nothing),
  };
}
