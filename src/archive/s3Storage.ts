// Keeps the files of the archive in a bucket of S3, or of another store that speaks S3. A large file is
// uploaded in parts, and a store shows it once its last part has come.
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ArchiveStorage } from './storage.ts';

/** S3 takes 10,000 parts of a file, so 160 GB. */
const partBytes = 16 * 1_024 * 1_024;
const partsAtOnce = 2;
const attemptsMax = 5;

/** Other stores know no host name for each bucket, and not all know the newer checksums of requests. */
const ofOtherStores = {
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const;

export function createS3Storage(url: URL, endpoint: string): ArchiveStorage {
  const Bucket = url.hostname;
  const prefix = url.pathname.replace(/^\/|\/$/g, '');
  const client = new S3Client({
    maxAttempts: attemptsMax,
    ...(endpoint === '' ? {} : { endpoint, ...ofOtherStores }),
  });
  const keyOf = (name: string) => (prefix === '' ? name : `${decodeURIComponent(prefix)}/${name}`);
  const open = async (name: string, Range?: string): Promise<Readable> => {
    const range = Range === undefined ? {} : { Range };
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: keyOf(name), ...range }));
    if (!(Body instanceof Readable)) throw new Error(`${keyOf(name)} in ${Bucket} has no content`);
    return Body;
  };
  return {
    place: url.href,
    write: async (name, chunks) => {
      const upload = new Upload({
        client,
        params: { Bucket, Key: keyOf(name), Body: Readable.from(chunks, { objectMode: false }) },
        partSize: partBytes,
        queueSize: partsAtOnce,
      });
      await upload.done();
    },
    sizeOf: async (name) => {
      try {
        const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket, Key: keyOf(name) }));
        return ContentLength ?? 0;
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },
    read: async function* (name) {
      yield* (await open(name)) as AsyncIterable<Uint8Array>;
    },
    readPart: async (name, start, end) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of await open(name, `bytes=${start}-${end - 1}`))
        chunks.push(chunk as Uint8Array);
      const bytes = Buffer.concat(chunks);
      if (bytes.length !== end - start) throw new Error(`${keyOf(name)} in ${Bucket} ends before ${end}`);
      return bytes;
    },
  };
}
