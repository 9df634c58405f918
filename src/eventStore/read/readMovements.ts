// Reads movements of money from the log, for the API. A movement is one event, or the two neighbouring halves
// of a transfer.
//
// Invariant: a movement begins with its first event, which for a transfer is the sender's half.
import type { StoredEvent, WalletEvent } from '../../domain/events.ts';
import { movementIdOf } from '../../domain/movementId.ts';
import type { EventRef } from '../../domain/reversal.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventCodec.ts';
import { boundsOf } from '../positionBounds.ts';
import { readArchivedSenders } from './archivedHalves.ts';
import { ArchivedError, readRetainedLog } from '../retainedLog.ts';
import {
  eventColumns as columns,
  type EventRow,
  readEventOf,
  readEventsAt,
  toRecordedEvent,
} from './readEvents.ts';
import type { ReadDatabase } from '../tenantReads.ts';

export interface Movement {
  readonly id: string;
  readonly first: StoredEvent;
  /** The receiver's half of a transfer. */
  readonly second: StoredEvent | undefined;
  /** Undefined in an event that no command of this service made. */
  readonly commandId: string | undefined;
  /** Id of the request that carried the command out. */
  readonly correlationId: string | undefined;
}

/** A movement with an event that this release can't read. */
export interface UnreadableMovement {
  readonly id: string;
  readonly position: bigint;
  readonly reason: string;
}

interface MovementRow extends EventRow {
  readonly command_id: string | null;
  readonly correlation_id: string | null;
}

interface MovementEvent extends RecordedEvent {
  readonly commandId: string | undefined;
  readonly correlationId: string | undefined;
}

/**
 * The movement that changed this wallet to this version, or undefined. Throws EventDecodeError, and
 * ArchivedError if the first half of the movement is archived.
 */
export async function readMovement(
  pool: ReadDatabase,
  walletId: string,
  version: number,
): Promise<Movement | undefined> {
  const event = await readEventOf(pool, { walletId, version });
  const hits = event === undefined ? [] : [event];
  const [movement] = await readMovementsOf(pool, hits);
  const isCut = movement !== undefined && 'first' in movement && !isIdOf(movement.id, movement.first);
  if (isCut)
    throw new ArchivedError(
      `The first half of movement ${movement.id} is archived.`,
      await readRetainedLog(pool),
    );
  if (movement === undefined || !('reason' in movement)) return movement;
  throw new EventDecodeError(movement.reason);
}

/** False only if the first half of the movement has left the log. */
const isIdOf = (id: string, { walletId, version }: EventRef) => id === movementIdOf(walletId, version);

/** An event of the log that belongs to a movement. */
export interface MovementHit {
  readonly position: bigint;
  readonly type: string;
}

/** The movements of these events, in their order. The caller bounds their number. */
export async function readMovementsOf(
  pool: ReadDatabase,
  hits: readonly MovementHit[],
): Promise<(Movement | UnreadableMovement)[]> {
  if (hits.length === 0) return [];
  const positions = hits.flatMap(({ position, type }) => neighboursOf(position, type));
  const { rows } = await pool.query<MovementRow>({
    name: 'read-movement-events',
    text: `
      select ${columns},
             coalesce(command_id::text, metadata->>'commandId') as command_id,
             coalesce(correlation_id::text, extra->>'correlationId', command_id::text, metadata->>'correlationId') as correlation_id
        from events
       where position = any($1::bigint[])
         and position between $2::bigint and $3::bigint`,
    values: [positions, ...boundsOf(positions)],
  });
  const events = new Map(rows.map((row) => [BigInt(row.position), toMovementEvent(row)]));
  const alone = [...events.values()].filter(
    ({ type, position }) => receivingHalves.has(type) && !events.has(position - 1n),
  );
  const senders = await readArchivedSenders(pool, alone);
  return hits.flatMap(({ position }) => movementAt(position, events, senders) ?? []);
}

function neighboursOf(position: bigint, type: string): readonly bigint[] {
  if (receivingHalfOf[type] !== undefined) return [position, position + 1n];
  return receivingHalves.has(type) ? [position - 1n, position] : [position];
}

/** The type of the second half of a movement between two wallets. Not every capture has one. */
const receivingHalfOf: Readonly<Partial<Record<string, WalletEvent['type']>>> = {
  TransferSent: 'TransferReceived',
  HoldCaptured: 'TransferReceived',
  TransferReturned: 'TransferReturnReceived',
};
/** A list that has both halves shows their movement twice. */
export const receivingHalves: ReadonlySet<string> = new Set(['TransferReceived', 'TransferReturnReceived']);

function toMovementEvent(row: MovementRow): MovementEvent {
  return {
    ...toRecordedEvent(row),
    commandId: row.command_id ?? undefined,
    correlationId: row.correlation_id ?? undefined,
  };
}

function movementAt(
  position: bigint,
  events: ReadonlyMap<bigint, MovementEvent>,
  senders: ReadonlyMap<bigint, EventRef>,
): Movement | UnreadableMovement | undefined {
  const hit = events.get(position);
  if (hit === undefined) return undefined;
  const before = receivingHalves.has(hit.type) ? events.get(position - 1n) : undefined;
  const first = isSentTo(before, hit) ? before : hit;
  const after = events.get(first.position + 1n);
  const second = isSentTo(first, after) ? after : undefined;
  const sender = senders.get(first.position) ?? first;
  const id = movementIdOf(sender.walletId, sender.version);
  try {
    const { commandId, correlationId } = first;
    return {
      id,
      first: decodeEvent(first),
      second: second && decodeEvent(second),
      commandId,
      correlationId,
    };
  } catch (error) {
    if (!(error instanceof EventDecodeError)) throw error;
    return { id, position: first.position, reason: error.message };
  }
}

/** True if the two events are the halves of one transfer. */
function isSentTo<Event extends RecordedEvent>(
  sent: Event | undefined,
  received: RecordedEvent | undefined,
): sent is Event {
  return (
    sent !== undefined &&
    received !== undefined &&
    receivingHalfOf[sent.type] === received.type &&
    sharedIdOf(sent) !== undefined &&
    sharedIdOf(sent) === sharedIdOf(received)
  );
}

/** The id that both halves have. */
function sharedIdOf({ data }: RecordedEvent): unknown {
  const { transferId, captureId, returnId } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return transferId ?? captureId ?? returnId;
}

/**
 * The movement ids of events, in their order. Reads the sender's half of each transfer that was received,
 * unless it is `known`.
 */
export async function readMovementIds(
  pool: ReadDatabase,
  events: readonly RecordedEvent[],
  known: readonly RecordedEvent[] = events,
): Promise<readonly string[]> {
  const sentAt = new Map(known.map((event) => [event.position, event]));
  const before = events
    .filter(({ type, position }) => receivingHalves.has(type) && !sentAt.has(position - 1n))
    .map(({ position }) => position - 1n);
  if (before.length > 0)
    for (const event of await readEventsAt(pool, before)) sentAt.set(event.position, event);
  const senders = await readArchivedSenders(
    pool,
    events.filter(({ type, position }) => receivingHalves.has(type) && !sentAt.has(position - 1n)),
  );
  return events.map((event) => {
    const other = sentAt.get(event.position - 1n);
    const isSecond = receivingHalves.has(event.type);
    const first = isSecond && isSentTo(other, event) ? other : (senders.get(event.position) ?? event);
    return movementIdOf(first.walletId, first.version);
  });
}
