// Runs one pass of one projection: reads events after the checkpoint, decodes and projects them, and moves
// the checkpoint. A failure before the last step leaves the checkpoint, so the same events come again. Every
// sink accepts them twice.
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../../failpoints.ts';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { readEventsAfter } from '../../eventStore/read/readEvents.ts';
import { moveCheckpoint, readCheckpoint } from '../checkpoints.ts';
import { parkEvents } from '../parked/parkedEvents.ts';
import { assertEndsAt, decodeEvents, eventsBeforeGap, projectAndRecord } from '../projectEvents.ts';
import type { EventToPark, Projection } from '../projection.ts';

export interface DrainPass {
  /** Events that the checkpoint passed, parked ones included. */
  readonly processed: number;
  readonly parked: number;
  /** The parked events, with their reasons. */
  readonly parkedEvents: readonly EventToPark[];
  /** The checkpoint before the pass. */
  readonly from: bigint;
  /** The checkpoint after the pass. */
  readonly position: bigint;
  /** The next page, whose read has begun. Set only if this page was full. */
  readonly ahead?: ReadAhead;
}

/** A page of the log that is read while the one before it is projected. */
export interface ReadAhead {
  readonly after: bigint;
  readonly events: Promise<readonly RecordedEvent[]>;
}

interface PassOptions {
  /** Used if it begins at the checkpoint. */
  readonly ahead?: ReadAhead | undefined;
  /** Set only in a process under test. */
  readonly failpoint?: ReachFailpoint | undefined;
}

/**
 * Takes at most `batchSizeMax` events. Throws CheckpointMovedError if another attempt was faster, and
 * LogGapError if the log lacks the event after the checkpoint.
 */
export async function drainBatch(
  pool: Pool,
  projection: Projection,
  batchSizeMax: number,
  { ahead, failpoint }: PassOptions = {},
): Promise<DrainPass> {
  const from = await readCheckpoint(pool, projection.name);
  const read = await (ahead?.after === from ? ahead.events : readEventsAfter(pool, from, batchSizeMax));
  // Everything before a gap is safe to take. The next pass begins at the gap and throws.
  const recorded = eventsBeforeGap(from, read);
  const last = recorded.at(-1);
  if (last === undefined) {
    await assertEndsAt(pool, from);
    return { processed: 0, parked: 0, parkedEvents: [], from, position: from };
  }
  failpoint?.('afterRead');
  const following =
    recorded.length < batchSizeMax ? {} : { ahead: readOn(pool, last.position, batchSizeMax) };

  const { events, undecodable } = decodeEvents(recorded);
  const parkedEvents = await projectAndRecord(pool, projection, events, async (client, refused) => {
    failpoint?.(projection.writes === 'with-checkpoint' ? 'afterLedgerInsert' : 'afterElasticsearch');
    const all = [...undecodable, ...refused];
    await parkEvents(client, projection.name, all);
    failpoint?.('beforeCheckpoint');
    await moveCheckpoint(client, {
      projection: projection.name,
      from,
      to: last.position,
      lastEventAt: last.occurredAt,
    });
    return all;
  });
  failpoint?.('afterCheckpoint');
  const { position } = last;
  return {
    processed: recorded.length,
    parked: parkedEvents.length,
    parkedEvents,
    from,
    position,
    ...following,
  };
}

function readOn(pool: Pool, after: bigint, limit: number): ReadAhead {
  const events = readEventsAfter(pool, after, limit);
  // The next pass awaits it, unless this one fails. Until then a failure must not count as unhandled.
  events.catch(() => undefined);
  return { after, events };
}
