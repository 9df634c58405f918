// Chooses the driver of the archive by the URL of its place.
import { createDirectoryStorage } from './directoryStorage.ts';
import type { ArchiveStorage } from './storage.ts';

/** `url` is `file:///directory` or `s3://bucket/prefix`. */
export function openStorage(url: string): ArchiveStorage {
  const { protocol } = new URL(url);
  if (protocol === 'file:') return createDirectoryStorage(new URL(url));
  throw new Error(`an archive at ${protocol} is unsupported`);
}
