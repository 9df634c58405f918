// Runs one pass of one projection: reads a page of events, decodes and projects them, and moves the
// checkpoint. A failure before the last step leaves the checkpoint, so the same events come again. Every sink
// accepts them twice.
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../../failpoints.ts';
import type { RecordedEvent } from '../../eventStore/eventCodec.ts';
import { readEventsAfter } from '../../eventStore/read/readEvents.ts';
import { moveCheckpoint, readCheckpoint } from '../checkpoints.ts';
import { parkEvents } from '../parked/parkedEvents.ts';
import { assertEndsAt, decodeEvents, eventsBeforeGap, projectAndRecord } from '../projectEvents.ts';
import type { EventToPark, Projection } from '../projection.ts';
import type { Turn } from './pagesInHand.ts';

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
}

/** Events that follow `from` and each other, at least one. */
export interface LogPage {
  readonly from: bigint;
  readonly to: bigint;
  readonly recorded: readonly RecordedEvent[];
  /** When the last of them happened. */
  readonly lastEventAt: Date;
  /** About what they take in memory. */
  readonly bytes: number;
}

interface PassOptions {
  /** The place among the pages in hand. */
  readonly turn?: Turn | undefined;
  /** Set only in a process under test. */
  readonly failpoint?: ReachFailpoint | undefined;
}

/**
 * At most `limit` events after `from`; undefined at the end of the log. Throws LogGapError if the log lacks
 * the event after `from`.
 */
export async function readPage(pool: Pool, from: bigint, limit: number): Promise<LogPage | undefined> {
  const read = await readEventsAfter(pool, from, limit);
  // Everything before a gap is safe to take. The next page begins at the gap and throws.
  const recorded = eventsBeforeGap(from, read);
  const last = recorded.at(-1);
  if (last === undefined) {
    await assertEndsAt(pool, from);
    return undefined;
  }
  return { from, to: last.position, recorded, lastEventAt: last.occurredAt, bytes: bytesOf(recorded) };
}

/**
 * Projects the page and moves the checkpoint over it. Throws CheckpointMovedError if another attempt was
 * faster.
 */
export async function projectPage(
  pool: Pool,
  projection: Projection,
  page: LogPage,
  { turn, failpoint }: PassOptions = {},
): Promise<DrainPass> {
  const { from, to, recorded, lastEventAt } = page;
  const { events, undecodable } = decodeEvents(recorded);
  const parkedEvents = await projectAndRecord(pool, projection, events, {
    turn,
    onWritten: () => failpoint?.('afterPageWritten'),
    record: async (client, refused) => {
      failpoint?.(projection.writes === 'with-checkpoint' ? 'afterLedgerInsert' : 'afterElasticsearch');
      const all = [...undecodable, ...refused];
      await parkEvents(client, projection.name, all);
      failpoint?.('beforeCheckpoint');
      await moveCheckpoint(client, { projection: projection.name, from, to, lastEventAt });
      return all;
    },
  });
  failpoint?.('afterCheckpoint');
  return { processed: recorded.length, parked: parkedEvents.length, parkedEvents, from, position: to };
}

/** Takes the page after the checkpoint, at most `limit` events. */
export async function drainBatch(
  pool: Pool,
  projection: Projection,
  limit: number,
  { failpoint }: Omit<PassOptions, 'turn'> = {},
): Promise<DrainPass> {
  const from = await readCheckpoint(pool, projection.name);
  const page = await readPage(pool, from, limit);
  if (page === undefined) return emptyPass(from);
  failpoint?.('afterRead');
  return projectPage(pool, projection, page, { failpoint });
}

/** A pass that found nothing. */
export function emptyPass(from: bigint): DrainPass {
  return { processed: 0, parked: 0, parkedEvents: [], from, position: from };
}

/** Bytes of an event in memory without its texts: the object, its numbers and dates. */
const bytesPerEvent = 500;

function bytesOf(recorded: readonly RecordedEvent[]): number {
  return recorded.reduce((sum, { data }) => sum + bytesPerEvent + textBytesIn(data), 0);
}

function textBytesIn(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  // Object.values would make an array for each event.
  for (const key in value) sum += textBytesIn((value as Readonly<Record<string, unknown>>)[key]);
  return sum;
}
