// Chooses the driver of the archive by the URL of its place.
import { createDirectoryStorage } from './directoryStorage.ts';
import { createS3Storage } from './s3Storage.ts';
import type { ArchiveStorage } from './storage.ts';

/** `url` is `file:///directory` or `s3://bucket/prefix`. Undefined if it is empty. */
export function openStorage(url: string, s3Endpoint = ''): ArchiveStorage | undefined {
  if (url === '') return undefined;
  const place = new URL(url);
  if (place.protocol === 'file:') return createDirectoryStorage(place);
  return createS3Storage(place, s3Endpoint);
}
