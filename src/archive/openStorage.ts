// Chooses the driver of the archive by the URL of its place.
import { createDirectoryStorage } from './directoryStorage.ts';
import type { ArchiveStorage } from './storage.ts';

/**
 * `url` is `file:///directory` or `s3://bucket/prefix`. Undefined if it is empty. The client of S3 takes a
 * second to load, so it is loaded only if it is needed.
 */
export async function openStorage(url: string, s3Endpoint = ''): Promise<ArchiveStorage | undefined> {
  if (url === '') return undefined;
  const place = new URL(url);
  if (place.protocol === 'file:') return createDirectoryStorage(place);
  const { createS3Storage } = await import('./s3Storage.ts');
  return createS3Storage(place, s3Endpoint);
}
