// Writes the files of a segment from its events in the log: a Parquet file and its manifest. A run after a
// crash writes both again, under the same names.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Pool } from 'pg';
import type { ReachFailpoint } from '../failpoints.ts';
import { type ArchivedSegment, readColumns } from './archivedSegments.ts';
import { encodeEvents } from './eventFile.ts';
import {
  ArchiveDamagedError,
  eventFileNameOf,
  type Manifest,
  manifestNameOf,
  sha256Of,
  writeManifest,
} from './manifest.ts';
import { readEventPages } from './readEventPages.ts';
import type { ArchiveStorage } from './storage.ts';

export interface FileDeps {
  readonly pool: Pool;
  readonly storage: ArchiveStorage;
  /** Asked between two pages. */
  readonly stop?: AbortSignal;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

interface WrittenFiles {
  readonly file: Manifest['file'];
  /** SHA-256 of the manifest. */
  readonly manifest: string;
}

/** Called with each SHA-256 before its file takes the place of another one. May throw, and then none does. */
type CheckSha256 = (name: string, sha256: string) => void;

/** `previous` is the SHA-256 of the manifest before. */
export async function writeFiles(
  { pool, storage, stop, failpoint }: FileDeps,
  segment: ArchivedSegment,
  previous: string | null,
  check: CheckSha256 = () => undefined,
): Promise<WrittenFiles> {
  const columns = await readColumns(pool, segment.segment);
  const name = eventFileNameOf(segment.segment);
  const hash = createHash('sha256');
  let bytes = 0;
  let sha256 = '';
  const counted = async function* () {
    for await (const chunk of encodeEvents(columns, readEventPages(pool, columns, segment))) {
      stop?.throwIfAborted();
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
    sha256 = hash.digest('hex');
    check(name, sha256);
  };
  await storage.write(name, counted());
  failpoint?.('afterArchiveFileWritten');
  const file = { name, bytes, sha256 };
  const text = writeManifest({
    form: 1,
    segment: segment.segment,
    from: String(segment.from),
    to: String(segment.to),
    events: Number(segment.events),
    checksum: segment.checksum ?? '',
    occurredFrom: segment.occurredFrom?.toISOString() ?? '',
    occurredTo: segment.occurredTo?.toISOString() ?? '',
    columns: [...columns],
    file,
    previous,
  });
  const manifest = sha256Of(text);
  check(manifestNameOf(segment.segment), manifest);
  await storage.write(manifestNameOf(segment.segment), Readable.from([Buffer.from(text)]));
  failpoint?.('afterManifestWritten');
  return { file, manifest };
}

/** Writes both files as they were. Throws an ArchiveDamagedError if this release writes other bytes. */
export async function writeFilesAgain(
  deps: FileDeps,
  segment: ArchivedSegment,
  previous: string | null,
  cause: ArchiveDamagedError,
): Promise<void> {
  await writeFiles(deps, segment, previous, (name, sha256) => {
    if (sha256 === (name === segment.file ? segment.sha256 : segment.manifestSha256)) return;
    throw new ArchiveDamagedError(
      `${cause.message}, and this release would write another ${name}: bring it back from its second place, or leave the segment restored`,
      { cause },
    );
  });
}
