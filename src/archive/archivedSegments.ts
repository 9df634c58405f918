// The steps of each segment on its way into the archive. The functions of migration 0031 decide them, because
// the role of the service owns no table of the log.
import type { ClientBase, Pool } from 'pg';
import { inDatabaseTransaction } from '../eventStore/database.ts';
import { queryLong } from '../eventStore/longStatement.ts';
import { type Column, kindOf } from './columns.ts';

/** In the order of the archive. */
export type ArchiveStep = 'sealed' | 'exported' | 'verified' | 'opened' | 'detached' | 'dropped';

/** Why a segment has to stay for now. */
export type Hindrance =
  | 'order'
  | 'levels'
  | 'filling'
  | 'young'
  | 'projections'
  | 'parked'
  | 'webhooks'
  | 'sums'
  | 'outbox'
  | 'ledger';

/** Whether rows are in the log or the ledger, in a table beside it, or nowhere. */
type SegmentState = 'attached' | 'detached' | 'dropped';

export interface ArchivedSegment {
  readonly segment: number;
  readonly from: bigint;
  /** Not included. */
  readonly to: bigint;
  readonly state: SegmentState;
  /** The same of its postings. The part that a conversion left stays for the last segment of its range. */
  readonly ledger: SegmentState;
  /** The last step that is done. Null before it is sealed. */
  readonly step: ArchiveStep | null;
  readonly events: number | null;
  readonly checksum: string | null;
  readonly occurredFrom: Date | null;
  readonly occurredTo: Date | null;
  readonly file: string | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly manifestSha256: string | null;
  readonly verifiedAt: Date | null;
  /** When its last step was done. */
  readonly changedAt: Date | null;
  readonly restoredAt: Date | null;
  readonly problem: string | null;
}

interface Row {
  segment: number;
  from_position: string;
  to_position: string;
  state: SegmentState;
  ledger: SegmentState;
  step: ArchiveStep | null;
  events: string | null;
  checksum: string | null;
  occurred_from: Date | null;
  occurred_to: Date | null;
  file: string | null;
  bytes: string | null;
  sha256: string | null;
  manifest_sha256: string | null;
  verified_at: Date | null;
  changed_at: Date | null;
  restored_at: Date | null;
  problem: string | null;
}

/** Longest look at the events of one segment. A segment of a busy day has 100 million. */
const readTimeMaxMs = 3_600_000;

/** All segments that are filled or archived, the oldest first. */
export async function readArchivedSegments(
  pool: Pick<ClientBase, 'query'>,
): Promise<readonly ArchivedSegment[]> {
  const { rows } = await pool.query<Row>({
    name: 'read-archived-segments',
    text: `
      with live as materialized (
        select from_position, to_position
          from ledger_parts('ledger_postings')
         where from_position <= (select begins_after from ledger_form)
      ), beside as materialized (
        select from_position, to_position
          from detached_ledger_parts()
      )
      select segment, from_position, to_position, log_segments.state, step, events, checksum, occurred_from,
             occurred_to, file, bytes, sha256, manifest_sha256, verified_at, restored_at, problem,
             greatest(sealed_at, exported_at, verified_at, opened_at, detached_at, dropped_at) as changed_at,
             case
               when from_position > begins_after
                 or exists (select
                              from live
                             where live.from_position < log_segments.to_position
                               and live.to_position > log_segments.from_position) then 'attached'
               when exists (select
                              from beside
                             where beside.from_position < log_segments.to_position
                               and beside.to_position > log_segments.from_position) then 'detached'
               else 'dropped'
             end as ledger
        from log_segments
        left join log_archive_segments using (segment)
       cross join ledger_form
       where to_position - 1 <= (select position from log_head)
       order by segment`,
  });
  return rows.map((row) => ({
    segment: row.segment,
    from: BigInt(row.from_position),
    to: BigInt(row.to_position),
    state: row.state,
    ledger: row.ledger,
    step: row.step,
    events: row.events === null ? null : Number(row.events),
    checksum: row.checksum,
    occurredFrom: row.occurred_from,
    occurredTo: row.occurred_to,
    file: row.file,
    bytes: row.bytes === null ? null : Number(row.bytes),
    sha256: row.sha256,
    manifestSha256: row.manifest_sha256,
    verifiedAt: row.verified_at,
    changedAt: row.changed_at,
    restoredAt: row.restored_at,
    problem: row.problem,
  }));
}

/** The columns that a segment had when it was sealed. */
export async function readColumns(pool: Pick<Pool, 'query'>, segment: number): Promise<readonly Column[]> {
  const { rows } = await pool.query<{ name: string; type: string }>({
    name: 'read-archived-columns',
    text: `
      select wanted.name, format_type(atttypid, null) as type
        from log_archive_segments
       cross join unnest(columns) with ordinality as wanted (name, place)
        join pg_attribute
          on attrelid = 'events'::regclass
         and attname = wanted.name
       where segment = $1::integer
       order by place`,
    values: [segment],
  });
  return rows.map(({ name, type }) => ({ name, kind: kindOf(type) }));
}

/** Null once it is sealed. Reads the whole segment. */
export async function sealSegment(pool: Pool, segment: number, before: Date): Promise<Hindrance | null> {
  return callLong<Hindrance | null>(pool, 'select seal_log_segment($1::integer, $2::timestamptz) as answer', [
    segment,
    before,
  ]);
}

export async function noteExported(
  pool: Pool,
  segment: number,
  file: { readonly name: string; readonly bytes: number; readonly sha256: string; readonly manifest: string },
): Promise<void> {
  await call(
    pool,
    'select note_archive_export($1::integer, $2::text, $3::bigint, $4::text, $5::text) as answer',
    [...[segment, file.name, file.bytes], ...[file.sha256, file.manifest]],
  );
}

export async function noteVerified(
  pool: Pool,
  segment: number,
  found: { readonly sha256: string; readonly events: number; readonly checksum: string },
): Promise<void> {
  const values = [segment, found.sha256, found.events, found.checksum];
  await call(
    pool,
    'select note_archive_verified($1::integer, $2::text, $3::bigint, $4::text) as answer',
    values,
  );
}

export async function noteOpened(pool: Pool, segment: number): Promise<void> {
  await call(pool, 'select note_archive_opened($1::integer) as answer', [segment]);
}

/** Shown to operators until the step succeeds. */
export async function noteProblem(pool: Pool, segment: number, problem: string): Promise<void> {
  await call(pool, 'select note_archive_problem($1::integer, $2::text) as answer', [segment, problem]);
}

/**
 * Puts a segment whose rows are in the database back to `sealed`, so that its file is written again. Reads
 * all of it if it is detached. False if its rows are gone, or if it was restored.
 */
export async function sealAgain(pool: Pool, segment: number): Promise<boolean> {
  return callLong<boolean>(pool, 'select seal_log_segment_again($1::integer) as answer', [segment]);
}

/**
 * Null once it is detached. Rejects with 55P03 if it could not be locked soon. Before any lock it sums the
 * postings that leave.
 */
export async function detachSegment(pool: Pool, segment: number, before: Date): Promise<Hindrance | null> {
  return callLong<Hindrance | null>(
    pool,
    'select detach_log_segment($1::integer, $2::timestamptz) as answer',
    [segment, before],
  );
}

/** True once it is dropped. Only a segment that was detached before `before` is. */
export async function dropSegment(pool: Pool, segment: number, before: Date): Promise<boolean> {
  return call<boolean>(pool, 'select drop_log_segment($1::integer, $2::timestamptz) as answer', [
    segment,
    before,
  ]);
}

/** Says whether the segment is attached, its detached table is kept, or an empty table waits for its rows. */
export async function beginRestore(pool: Pool, segment: number): Promise<'attached' | 'detached' | 'empty'> {
  return call(pool, 'select begin_log_restore($1::integer) as answer', [segment]);
}

export async function fillRestore(pool: Pool, segment: number, page: string): Promise<void> {
  await call(pool, 'select fill_log_restore($1::integer, $2::json) as answer', [segment, page]);
}

/** Attaches the segment if it has what was sealed. Reads all of it, and makes its indexes. */
export async function finishRestore(pool: Pool, segment: number): Promise<void> {
  await callLong(pool, 'select finish_log_restore($1::integer) as answer', [segment]);
}

/** False if it was not restored. */
export async function releaseSegment(pool: Pool, segment: number): Promise<boolean> {
  return call<boolean>(pool, 'select release_log_segment($1::integer) as answer', [segment]);
}

async function call<Answer>(pool: Pool, text: string, values: unknown[]): Promise<Answer> {
  const { rows } = await pool.query<{ answer: Answer }>({ text, values });
  return answerOf(rows);
}

async function callLong<Answer>(pool: Pool, text: string, values: unknown[]): Promise<Answer> {
  return inDatabaseTransaction(pool, async (client) => {
    const { rows } = await queryLong<{ answer: Answer }>(client, readTimeMaxMs, { text, values });
    return answerOf(rows);
  });
}

function answerOf<Answer>([row]: readonly { readonly answer: Answer }[]): Answer {
  if (row === undefined) throw new Error('a function of the archive gave no row');
  return row.answer;
}
