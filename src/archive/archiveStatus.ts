// Reads for operators how far the archive is: each segment with its step, and what holds the next one up.
import type { ClientBase } from 'pg';
import { type ArchivedSegment, type Hindrance, readArchivedSegments } from './archivedSegments.ts';
import { readArchivedThrough } from '../eventStore/openingRows.ts';

/** What the settings of the asked process say. */
export interface ArchiveSettings {
  readonly isOn: boolean;
  readonly archiveBefore: Date;
  readonly dropBefore: Date;
}

/** The oldest segment on its way that is not kept for its grace. */
interface NextSegment {
  readonly segment: ArchivedSegment;
  /** Why it stays. Null if its next step may be taken. */
  readonly waitsFor: Hindrance | null;
  /** Since when its next step could have been taken. Null as long as it has to stay. */
  readonly since: Date | null;
}

export interface ArchiveStatus {
  readonly isOn: boolean;
  /** The position up to which an opening state is kept. */
  readonly archivedThrough: bigint;
  readonly segments: readonly ArchivedSegment[];
  /** Null if nothing is left to do now. */
  readonly next: NextSegment | null;
}

export async function readArchiveStatus(
  session: Pick<ClientBase, 'query'>,
  settings: ArchiveSettings,
): Promise<ArchiveStatus> {
  const segments = await readArchivedSegments(session);
  return {
    isOn: settings.isOn,
    archivedThrough: await readArchivedThrough(session),
    segments,
    next: settings.isOn ? await nextOf(session, segments, settings) : null,
  };
}

async function nextOf(
  session: Pick<ClientBase, 'query'>,
  segments: readonly ArchivedSegment[],
  { archiveBefore, dropBefore }: ArchiveSettings,
): Promise<NextSegment | null> {
  const segment = segments.find(
    ({ step, restoredAt, changedAt }) =>
      restoredAt === null &&
      step !== 'dropped' &&
      (step !== 'detached' || (changedAt !== null && changedAt < dropBefore)),
  );
  if (segment === undefined) return null;
  const { rows } = await session.query<{ waits_for: Hindrance | null; newest: Date | null }>({
    name: 'read-archive-hindrance',
    text: `
      select case when $4::boolean then null
                  else archive_hindrance($1::integer, $2::timestamptz) end as waits_for,
             (select occurred_at from events where position = $3::bigint) as newest`,
    values: [segment.segment, archiveBefore, segment.to - 1n, segment.step === 'detached'],
  });
  const waitsFor = rows[0]?.waits_for ?? null;
  if (waitsFor === 'young') return { segment, waitsFor, since: null };
  return {
    segment,
    waitsFor,
    since: sinceOf(segment, rows[0]?.newest ?? null, { archiveBefore, dropBefore }),
  };
}

/** The end of the time that the segment had to stay for. */
function sinceOf(
  { step, changedAt }: ArchivedSegment,
  newest: Date | null,
  { archiveBefore, dropBefore }: Pick<ArchiveSettings, 'archiveBefore' | 'dropBefore'>,
): Date | null {
  const now = Date.now();
  if (step === 'detached' && changedAt !== null)
    return new Date(changedAt.getTime() + now - dropBefore.getTime());
  if (step !== null) return changedAt;
  return newest === null ? null : new Date(newest.getTime() + now - archiveBefore.getTime());
}

/** What the archive holds, in one cheap statement. */
export interface ArchiveSums {
  /** Segments whose file was verified. */
  readonly segments: number;
  readonly bytes: number;
  /** Those that were restored and not released. */
  readonly restored: number;
  /** Seconds since the last step of the segment that is furthest back on its way; 0 if none is. */
  readonly stepAgeS: number;
}

/** A segment within its grace is not on its way. */
export async function readArchiveSums(session: Pick<ClientBase, 'query'>): Promise<ArchiveSums> {
  const { rows } = await session.query<{
    segments: number;
    bytes: string;
    restored: number;
    step_age_s: number | null;
  }>({
    name: 'read-archive-sums',
    text: `
      select count(*) filter (where verified_at is not null)::integer as segments,
             coalesce(sum(bytes) filter (where verified_at is not null), 0) as bytes,
             count(*) filter (where restored_at is not null)::integer as restored,
             max(extract(epoch from clock_timestamp() - greatest(sealed_at, exported_at, verified_at, opened_at)))
               filter (where step not in ('detached', 'dropped') and restored_at is null)::float8 as step_age_s
        from log_archive_segments`,
  });
  const [row] = rows;
  return {
    segments: row?.segments ?? 0,
    bytes: Number(row?.bytes ?? 0),
    restored: row?.restored ?? 0,
    stepAgeS: Math.max(0, row?.step_age_s ?? 0),
  };
}
