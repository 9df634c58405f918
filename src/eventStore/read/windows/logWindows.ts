// Windows of the log: segments beside each other in which a read by wallet looks. Only positions tell
// PostgreSQL which segments it may leave out, and a version is none. So such a read first guesses where the
// version lies. Pure, but for the two reads of the small tables.
//
// Invariant: a guess decides what a read costs, and never what it finds.
import { positionMax } from '../../logHead.ts';
import type { ReadDatabase } from '../../tenantReads.ts';
import { knownFewSegments, type LogSegments, rememberFewSegments } from './fewSegments.ts';

type Database = Pick<ReadDatabase, 'query'>;

export type { LogSegments };

/** Segments beside each other, by their places in `starts`. Both ends are included. */
export interface LogWindow {
  readonly first: number;
  readonly last: number;
}

/** What is known of a stream before the log is read. */
export interface StreamPlace {
  readonly segments: LogSegments;
  /** Undefined if the wallet has no row. The guess is then the whole log. */
  readonly stream:
    { readonly newest: number; readonly createdAtMs: number; readonly updatedAtMs: number } | undefined;
}

/** Up to this number of segments a read looks in all of them, as one statement. */
export const segmentsFew = 8;
/** Segments of a guess at least. The first ones are there because segments are made ahead. */
const segmentsGuessed = 4;
/** Each further window has so many times the segments of the one before. */
export const windowGrowth = 4;

/** Without a segment each column is null. */
interface SegmentsRow {
  readonly starts: readonly string[] | null;
  readonly made_at_ms: readonly number[] | null;
}

type WalletColumns =
  | { readonly version: string; readonly created_at: Date; readonly updated_at: Date }
  | { readonly version: null };

const attachedSegments = `
      select array_agg(from_position order by from_position) as starts,
             array_agg((extract(epoch from made_at) * 1000)::float8 order by from_position) as made_at_ms
        from log_segments
       where state = 'attached'
         and from_position <= (select position from log_head)`;

export async function readLogSegments(database: Database): Promise<LogSegments> {
  const few = knownFewSegments(database);
  if (few !== undefined) return few;
  const { rows } = await database.query<SegmentsRow>({
    name: 'read-attached-segments',
    text: attachedSegments,
  });
  return remembered(database, toSegments(rows[0]));
}

function remembered(database: Database, segments: LogSegments): LogSegments {
  if (isFew(segments)) rememberFewSegments(database, segments);
  return segments;
}

/** Without the stream if the log is known to have few segments, because its reads look in all of them. */
export async function readStreamPlace(database: Database, walletId: string): Promise<StreamPlace> {
  const few = knownFewSegments(database);
  if (few !== undefined) return { segments: few, stream: undefined };
  const { rows } = await database.query<SegmentsRow & WalletColumns>({
    name: 'read-stream-place',
    // The order keeps the plan on the primary key, also one that was made while the table was empty.
    text: `
      select starts, made_at_ms, version, created_at, updated_at
        from (${attachedSegments}) as segments
        left join (select version, created_at, updated_at
                     from wallets
                    where id = any(array[$1::text])
                    order by id) as wallets
          on true`,
    values: [walletId],
  });
  const [row] = rows;
  return { segments: remembered(database, toSegments(row)), stream: toStream(row) };
}

function toStream(row: WalletColumns | undefined): StreamPlace['stream'] {
  if (row === undefined || row.version === null) return undefined;
  const { version, created_at: createdAt, updated_at: updatedAt } = row;
  return { newest: Number(version), createdAtMs: createdAt.getTime(), updatedAtMs: updatedAt.getTime() };
}

/** A log that is not cut into segments is one. */
function toSegments(row: SegmentsRow | undefined): LogSegments {
  const { starts = null, made_at_ms: madeAtMs = null } = row ?? {};
  return starts === null || madeAtMs === null
    ? { starts: [1n], madeAtMs: [0] }
    : { starts: starts.map(BigInt), madeAtMs };
}

export function wholeLog({ starts }: LogSegments): LogWindow {
  return { first: 0, last: starts.length - 1 };
}

export const sizeOf = ({ first, last }: LogWindow) => last - first + 1;

export const isFew = ({ starts }: LogSegments) => starts.length <= segmentsFew;

export const isWhole = (segments: LogSegments, window: LogWindow) => sizeOf(window) >= segments.starts.length;

/** The part of a window between two others, or undefined. */
export function clampTo(within: LogWindow, { first, last }: LogWindow): LogWindow | undefined {
  const clamped = { first: Math.max(first, within.first), last: Math.min(last, within.last) };
  return clamped.first > clamped.last ? undefined : clamped;
}

/** So many segments around one, moved so that they lie within the log. The whole log if it has few. */
export function windowAround(segments: LogSegments, center: number, size: number): LogWindow {
  return windowFrom(segments, Math.round(center) - Math.floor(size / 2), size);
}

function windowFrom(segments: LogSegments, wanted: number, size: number): LogWindow {
  const all = wholeLog(segments);
  if (isFew(segments) || sizeOf(all) <= size) return all;
  const first = Math.min(Math.max(0, wanted), all.last - size + 1);
  return { first, last: first + size - 1 };
}

/** Segments that probably hold so many events of a stream. */
export function sizeFor({ segments, stream }: StreamPlace, events: number): number {
  if (stream === undefined) return segments.starts.length;
  const { oldest, latest } = endsOf(segments, stream);
  return segmentsGuessed + Math.ceil((events * (latest - oldest + 1)) / stream.newest) - 1;
}

/** The segments that probably have the first and the newest event. */
function endsOf(segments: LogSegments, stream: NonNullable<StreamPlace['stream']>) {
  const oldest = segmentAt(segments, stream.createdAtMs);
  return { oldest, latest: Math.max(oldest, segmentAt(segments, stream.updatedAtMs)) };
}

/** The window with more segments on both sides. */
export function widened(segments: LogSegments, { first, last }: LogWindow): LogWindow {
  const size = (last - first + 1) * windowGrowth;
  return windowAround(segments, (first + last + 1) / 2, size);
}

/** The segment that was probably written at this time. */
export function segmentAt({ madeAtMs }: LogSegments, ms: number): number {
  const after = madeAtMs.findIndex((one) => one > ms);
  const newestMade = (after === -1 ? madeAtMs.length : after) - 1;
  // That one was empty then, and perhaps the one before.
  return Math.max(0, newestMade - 1);
}

/** The segment with this position. */
export function segmentOf({ starts }: LogSegments, position: bigint): number {
  const after = starts.findIndex((start) => start > position);
  return Math.max(0, (after === -1 ? starts.length : after) - 1);
}

export interface StreamPage {
  readonly order: 'asc' | 'desc';
  /** The first version of the page. */
  readonly start: number;
  readonly limit: number;
}

/** The segment that probably has this version: between the first and the newest event, by its number. */
export function segmentGuess({ segments, stream }: StreamPlace, version: number): number {
  if (stream === undefined) return 0;
  const { newest } = stream;
  const share = newest <= 1 ? 1 : Math.min(1, Math.max(0, (version - 1) / (newest - 1)));
  const { oldest, latest } = endsOf(segments, stream);
  return Math.round(oldest + (latest - oldest) * share);
}

/** Where this page probably lies. */
export function guessOf(place: StreamPlace, { order, start, limit }: StreamPage): LogWindow {
  const left = place.stream === undefined || order === 'desc' ? start : place.stream.newest - start + 1;
  const size = sizeFor(place, Math.max(1, Math.min(limit, left)));
  // The guess may be wrong by two segments to the older side, and by one to the newer one.
  const segment = segmentGuess(place, start);
  return windowFrom(place.segments, order === 'asc' ? segment - 2 : segment + 2 - size, size);
}

/** The positions of a window, both included. The last one has no end. */
export function positionsOf({ starts }: LogSegments, { first, last }: LogWindow): readonly [bigint, bigint] {
  const next = starts[last + 1];
  return [first === 0 ? 1n : (starts[first] ?? 1n), next === undefined ? positionMax : next - 1n];
}
