// The steps of a segment into the archive: sealed, exported, verified, opened, detached, dropped. Each step
// first looks at what is there, so a run after a crash goes on. The database decides each step again
// (migration 0031). If a file was lost or damaged while the rows are in the database, the segment is sealed
// again (`seal_log_segment_again`). The next run then writes the file anew.
//
// Invariant: a segment is dropped only after its file was read and compared, and compared again.
import type { Pool } from 'pg';
import { whenLocked } from '../eventStore/whenLocked.ts';
import {
  type ArchivedSegment,
  detachSegment,
  dropSegment,
  type Hindrance,
  noteExported,
  noteOpened,
  noteProblem,
  noteVerified,
  readArchivedSegments,
  sealAgain,
  sealSegment,
} from './archivedSegments.ts';
import { checkFile, readCheckedEvents } from './archivedFile.ts';
import { type FileDeps, writeFiles, writeFilesAgain } from './exportFiles.ts';
import { ArchiveDamagedError, manifestNameOf, readManifest } from './manifest.ts';
import type { MovedSegment, MoveOptions } from './openingState.ts';
import { type ArchiveStorage, readText } from './storage.ts';

export interface ArchiveDeps extends FileDeps {
  /** Keeps the state of wallets and ledger after the segment. */
  readonly moveOpeningState: (pool: Pool, segment: MovedSegment, options?: MoveOptions) => Promise<void>;
  /** The rebuild or verification that reads the log now. */
  readonly busyWith?: () => Promise<string | undefined>;
}

/**
 * A segment may go if its newest event is older than `archiveBefore`. One that was detached before
 * `dropBefore` is dropped.
 */
export interface ArchiveTimes {
  readonly archiveBefore: Date;
  readonly dropBefore: Date;
}

/** Tries to lock the events. Each gives up after a quarter of a second, in which every append waits. */
const tries = { triesMax: 3, pauseMs: 1_000 };

const ledgerDiffers =
  'the postings of the ledger have other sums than the events of the segment: run wallet rebuild --ledger';

export type Taken = 'done' | Hindrance | 'locked' | 'kept' | 'restored' | 'busy';

/** Takes the next step of a segment. Says `done`, or why the segment stays where it is. */
export async function takeStep(deps: ArchiveDeps, number: number, times: ArchiveTimes): Promise<Taken> {
  const segment = await readSegment(deps.pool, number);
  if (segment.restoredAt !== null) return 'restored';
  try {
    return await stepAfter(deps, segment, times);
  } catch (error) {
    if (error instanceof ArchiveDamagedError) {
      await noteProblem(deps.pool, number, error.message);
      await sealAgain(deps.pool, number);
    }
    throw error;
  }
}

async function stepAfter(deps: ArchiveDeps, segment: ArchivedSegment, times: ArchiveTimes): Promise<Taken> {
  const { pool, failpoint, stop } = deps;
  const { segment: number, from, to, step } = segment;
  switch (step) {
    case null: {
      const hindrance = await sealSegment(pool, number, times.archiveBefore);
      if (hindrance !== null) return hindrance;
      failpoint?.('afterSegmentSealed');
      return 'done';
    }
    case 'sealed':
      await exportSegment(deps, segment);
      failpoint?.('afterSegmentExported');
      return 'done';
    case 'exported':
      await verifySegment(deps, segment);
      failpoint?.('afterSegmentVerified');
      return 'done';
    case 'verified':
      if (await isRead(deps)) return 'busy';
      await deps.moveOpeningState(pool, { from, to }, stop === undefined ? {} : { stop });
      failpoint?.('afterOpeningStateMoved');
      await noteOpened(pool, number);
      return 'done';
    case 'opened': {
      if (await isRead(deps)) return 'busy';
      // While the segment is attached, a lost file costs no more than another export.
      await checkFile(deps.storage, segment, await previousOf(pool, segment));
      const hindrance = await whenLocked(tries, () => detachSegment(pool, number, times.archiveBefore));
      if (hindrance === undefined) return 'locked';
      // No other part of the system tells of it, so the segment does.
      if (hindrance === 'ledger') await noteProblem(pool, number, ledgerDiffers);
      if (hindrance !== null) return hindrance;
      failpoint?.('afterSegmentDetached');
      return 'done';
    }
    case 'detached': {
      if (await isRead(deps)) return 'busy';
      // The last look before the rows are gone. A file may be lost within the grace.
      await checkFile(deps.storage, segment, await previousOf(pool, segment));
      const dropped = await whenLocked(tries, () => dropSegment(pool, number, times.dropBefore));
      if (dropped === undefined) return 'locked';
      if (!dropped) return 'kept';
      failpoint?.('afterSegmentDropped');
      return 'done';
    }
    case 'dropped':
      return 'done';
    default:
      return step satisfies never;
  }
}

/** A rebuild or a verification that has begun may still need the segment. */
async function isRead({ busyWith }: ArchiveDeps): Promise<boolean> {
  return (await busyWith?.()) !== undefined;
}

async function exportSegment(deps: ArchiveDeps, segment: ArchivedSegment): Promise<void> {
  await assertPlaceIsOurs(deps.storage, segment);
  const { file, manifest } = await writeFiles(deps, segment, await previousOf(deps.pool, segment));
  await noteExported(deps.pool, segment.segment, { ...file, manifest });
}

/** Reads the file from the storage, as a restore would. */
export async function verifySegment(deps: FileDeps, segment: ArchivedSegment): Promise<void> {
  const { pool, storage } = deps;
  const manifest = await checkFile(storage, segment, await previousOf(pool, segment));
  const pages = readCheckedEvents(storage, manifest);
  let page = await pages.next();
  while (page.done !== true) {
    deps.stop?.throwIfAborted();
    page = await pages.next();
  }
  if (segment.step !== 'exported') return;
  // The database compares what was found with what it sealed, too.
  await noteVerified(pool, segment.segment, { ...page.value, sha256: manifest.file.sha256 });
}

/** Compares the file of a segment as an operator asks. A damaged one is written again by the next run. */
export async function verifyAgain(deps: FileDeps, number: number): Promise<void> {
  try {
    await verifySegment(deps, await readSegment(deps.pool, number));
  } catch (error) {
    if (error instanceof ArchiveDamagedError && (await sealAgain(deps.pool, number)))
      await noteProblem(deps.pool, number, error.message);
    throw error;
  }
}

/**
 * Compares the file of a restored segment before it is released. A lost or damaged one is written again from
 * the restored events. It must come out as it was, because the next manifest tells the SHA-256 of its own.
 */
export async function verifyForRelease(deps: FileDeps, number: number): Promise<void> {
  try {
    await verifyAgain(deps, number);
  } catch (error) {
    if (!(error instanceof ArchiveDamagedError)) throw error;
    const segment = await readSegment(deps.pool, number);
    if (segment.restoredAt === null) throw error;
    await writeFilesAgain(deps, segment, await previousOf(deps.pool, segment), error);
    await verifySegment(deps, segment);
  }
}

/** A place with a segment of other events belongs to another log. This one would overwrite it. */
async function assertPlaceIsOurs(storage: ArchiveStorage, segment: ArchivedSegment): Promise<void> {
  const name = manifestNameOf(segment.segment);
  const text = await readText(storage, name);
  if (text === undefined) return;
  // A manifest of ours that was damaged may be replaced.
  if (segment.manifestSha256 !== null) return;
  if (readManifest(name, text).checksum === segment.checksum) return;
  throw new ArchiveDamagedError(
    `${storage.place} holds segment ${segment.segment} of another log: give each installation a place of its own`,
  );
}

/** SHA-256 of the manifest of the segment before. Null for the first one. */
export async function previousOf(pool: Pool, segment: ArchivedSegment): Promise<string | null> {
  const segments = await readArchivedSegments(pool);
  const before = segments.filter((one) => one.segment < segment.segment).at(-1);
  if (before === undefined) return null;
  if (before.manifestSha256 === null) throw new Error(`segment ${before.segment} has no manifest yet`);
  return before.manifestSha256;
}

export async function readSegment(pool: Pool, number: number): Promise<ArchivedSegment> {
  const found = (await readArchivedSegments(pool)).find(({ segment }) => segment === number);
  if (found === undefined) throw new Error(`there is no filled segment ${number}`);
  return found;
}
