// The activities of archiveLog, restoreSegment, releaseSegment and verifyArchive. Each takes one step of one
// segment. A damaged file is a failure that no further attempt ends.
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Pool } from 'pg';
import { ArchiveDamagedError } from '../archive/manifest.ts';
import { SegmentNotNextError } from '../archive/openingState.ts';
import { letGo, restoreSegment } from '../archive/restore.ts';
import { type ArchiveStep, readArchivedSegments } from '../archive/archivedSegments.ts';
import { type ArchiveDeps, takeStep, type Taken, verifyAgain, verifyForRelease } from '../archive/steps.ts';
import type { ArchiveStorage } from '../archive/storage.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { withHeartbeats } from './heartbeats.ts';

export interface ArchiveActivityDeps {
  readonly pool: Pool;
  readonly archive: {
    /** Undefined if no archive is configured. */
    readonly storage: ArchiveStorage | undefined;
    /** False if nothing is to be archived. */
    readonly isOn: boolean;
    readonly times: () => { readonly archiveBefore: Date; readonly dropBefore: Date };
    /** The rebuild or verification that reads the log now. */
    readonly busyWith: () => Promise<string | undefined>;
    readonly moveOpeningState: ArchiveDeps['moveOpeningState'];
  };
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** A segment on its way. `step` is the last one that is done; null before it is sealed. */
export interface ArchiveWork {
  readonly segment: number;
  readonly events: number;
  readonly step: ArchiveStep | null;
}

/** Segments that one run looks at. One is filled in a day at most. */
const workMax = 100;

/** Every segment was detached before. */
const noGrace = new Date('9999-12-31T00:00:00Z');

function noArchive(advice: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`no archive is configured: ${advice}`, 'NoArchive');
}

export function createArchiveActivities(deps: ArchiveActivityDeps) {
  const { pool, archive, failpoint } = deps;
  const stored = () => {
    if (archive.storage === undefined) throw noArchive('set ARCHIVE_URL for the workers');
    return {
      pool,
      storage: archive.storage,
      moveOpeningState: archive.moveOpeningState,
      busyWith: archive.busyWith,
      stop: Context.current().cancellationSignal,
      ...(failpoint === undefined ? {} : { failpoint }),
    };
  };
  const beating = <T>(work: () => Promise<T>): Promise<T> =>
    withHeartbeats({ details: () => undefined }, work).catch(finalIfDamaged);
  return {
    /** The oldest segments that are not dropped yet, and were not restored. */
    listArchiveWork: (): Promise<readonly ArchiveWork[]> =>
      beating(async () => {
        if (!archive.isOn) throw noArchive('set ARCHIVE_URL and ARCHIVE_AFTER_DAYS for the workers');
        const segments = await readArchivedSegments(pool);
        return segments
          .filter(({ step, restoredAt }) => step !== 'dropped' && restoredAt === null)
          .slice(0, workMax)
          .map(({ segment, from, to, step }) => ({ segment, events: Number(to - from), step }));
      }),

    /** `grace` false drops a segment at once, as an operator asked. */
    takeArchiveStep: ({ segment, grace }: { segment: number; grace: boolean }): Promise<Taken> =>
      beating(() => {
        const { archiveBefore, dropBefore } = archive.times();
        return takeStep(stored(), segment, { archiveBefore, dropBefore: grace ? dropBefore : noGrace });
      }),

    /** The archived segments, or the one that is asked for. */
    listArchivedSegments: ({ segment }: { segment: number | null }): Promise<readonly ArchiveWork[]> =>
      beating(async () => {
        const all = await readArchivedSegments(pool);
        return all
          .filter((one) => one.manifestSha256 !== null && (segment === null || one.segment === segment))
          .map((one) => ({ segment: one.segment, events: Number(one.events), step: one.step }));
      }),

    /** Before a release, a file that was lost is written again. */
    verifyArchivedSegment: ({
      segment,
      isReleased = false,
    }: {
      segment: number;
      isReleased?: boolean;
    }): Promise<void> => beating(() => (isReleased ? verifyForRelease : verifyAgain)(stored(), segment)),

    restoreArchivedSegment: ({ segment }: { segment: number }): Promise<number> =>
      beating(() => restoreSegment(stored(), segment)),

    releaseArchivedSegment: ({ segment }: { segment: number }): Promise<boolean> =>
      beating(() => letGo(stored(), segment)),
  };
}

function finalIfDamaged(error: unknown): never {
  const isFinal =
    error instanceof ApplicationFailure &&
    (error.type === ArchiveDamagedError.name || error.type === SegmentNotNextError.name);
  if (isFinal) throw ApplicationFailure.nonRetryable(error.message, error.type);
  throw error;
}
