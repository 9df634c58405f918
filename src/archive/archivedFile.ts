// Compares the file of an archived segment with its manifest, and both with what the database noted.
// Invariant: a file that is not exactly what was sealed is an ArchiveDamagedError, never a shorter answer.
import { createHash } from 'node:crypto';
import type { AsyncBuffer } from 'hyparquet';
import type { ArchivedSegment } from './archivedSegments.ts';
import { createChecksum } from './checksum.ts';
import { decodeEvents, type EventPage } from './eventFile.ts';
import { ArchiveDamagedError, type Manifest, manifestNameOf, readManifest, sha256Of } from './manifest.ts';
import { type ArchiveStorage, readText } from './storage.ts';

interface FoundEvents {
  readonly events: number;
  readonly checksum: string;
}

/** Looks at the manifest, and reads the file once for its SHA-256. */
export async function checkFile(
  storage: ArchiveStorage,
  segment: ArchivedSegment,
  previous: string | null,
): Promise<Manifest> {
  const manifest = await checkManifest(storage, segment, previous);
  const { name, bytes, sha256 } = manifest.file;
  const size = await storage.sizeOf(name);
  if (size === undefined) throw new ArchiveDamagedError(`${name} is missing in ${storage.place}`);
  if (size !== bytes) throw new ArchiveDamagedError(`${name} has ${size} bytes instead of ${bytes}`);
  const hash = createHash('sha256');
  for await (const chunk of storage.read(name)) hash.update(chunk);
  if (hash.digest('hex') !== sha256)
    throw new ArchiveDamagedError(`${name} has another SHA-256 than its manifest says`);
  return manifest;
}

async function checkManifest(
  storage: ArchiveStorage,
  segment: ArchivedSegment,
  previous: string | null,
): Promise<Manifest> {
  const name = manifestNameOf(segment.segment);
  const text = await readText(storage, name);
  if (text === undefined) throw new ArchiveDamagedError(`${name} is missing in ${storage.place}`);
  if (sha256Of(text) !== segment.manifestSha256)
    throw new ArchiveDamagedError(`${name} is not the manifest that was written`);
  const manifest = readManifest(name, text);
  const differing = [
    ['segment', manifest.segment, segment.segment],
    ['from', manifest.from, String(segment.from)],
    ['to', manifest.to, String(segment.to)],
    ['events', manifest.events, segment.events],
    ['checksum', manifest.checksum, segment.checksum],
    ['the SHA-256 of its file', manifest.file.sha256, segment.sha256],
    ['the manifest before', manifest.previous, previous],
  ].filter(([, said, noted]) => said !== noted);
  if (differing.length === 0) return manifest;
  throw new ArchiveDamagedError(
    `${name} differs from the database in ${differing.map(([what]) => what).join(', ')}`,
  );
}

/**
 * The pages of a file, and at their end what it had. It throws unless that is what its manifest says.
 */
export async function* readCheckedEvents(
  storage: ArchiveStorage,
  manifest: Manifest,
): AsyncGenerator<EventPage, FoundEvents> {
  const { name, bytes } = manifest.file;
  const file: AsyncBuffer = {
    byteLength: bytes,
    slice: async (start, end = bytes) => bufferOf(await storage.readPart(name, start, end)),
  };
  const sum = createChecksum(manifest.columns, BigInt(manifest.from));
  for await (const page of decodeEvents(manifest.columns, file)) {
    sum.add(page);
    yield page;
  }
  const { events, checksum } = sum.end();
  if (events !== manifest.events || checksum !== manifest.checksum)
    throw new ArchiveDamagedError(`${name} has other events than were sealed`);
  return { events, checksum };
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
