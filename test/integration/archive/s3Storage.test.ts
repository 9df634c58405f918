// The files of the archive in a bucket, over a real server that speaks S3.
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Storage } from '../../../src/archive/s3Storage.ts';
import type { ArchiveStorage } from '../../../src/archive/storage.ts';
import { type S3Server, s3Keys, s3ServerLacks, startS3Server } from '../../support/s3Server.ts';

const lacks = await s3ServerLacks();
if (lacks.length > 0) console.log(`skipped: ${lacks.join(' ')}`);

describe.runIf(lacks.length === 0)('the archive in a bucket', () => {
  let server: S3Server;
  let storage: ArchiveStorage;
  beforeAll(async () => {
    for (const [name, value] of Object.entries({ ...s3Keys, AWS_REGION: 'us-east-1' }))
      vi.stubEnv(name, value);
    server = await startS3Server();
    storage = createS3Storage(new URL(`s3://${server.bucket}/some%20place/log`), server.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  const readAll = async (name: string) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of storage.read(name)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('takes a small file, replaces it, and says the size of one that is missing', async () => {
    expect(await storage.sizeOf('small')).toBeUndefined();
    await storage.write('small', Readable.from([Buffer.from('first')]));
    await storage.write('small', Readable.from([Buffer.from('second')]));
    expect(await storage.sizeOf('small')).toBe(6);
    expect((await readAll('small')).toString()).toBe('second');
  });

  it('takes a file in several parts, and reads it whole and in part', async () => {
    const chunks = Array.from({ length: 40 }, () => randomBytes(1_000_000));
    const whole = Buffer.concat(chunks);
    await storage.write('folder/large', Readable.from(chunks));
    expect(await storage.sizeOf('folder/large')).toBe(whole.length);
    expect((await readAll('folder/large')).equals(whole)).toBe(true);
    const part = await storage.readPart('folder/large', 20_000_000, 20_000_010);
    expect(Buffer.from(part)).toEqual(whole.subarray(20_000_000, 20_000_010));
  });

  it('leaves the file of before if the writer fails', async () => {
    await storage.write('kept', Readable.from([Buffer.from('before')]));
    const failing = async function* () {
      yield await Promise.resolve(randomBytes(20_000_000));
      throw new Error('the database is away');
    };
    await expect(storage.write('kept', failing())).rejects.toThrow('the database is away');
    expect((await readAll('kept')).toString()).toBe('before');
  });

  it('refuses without the keys, and the refusal shows none of them', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another-secret');
    try {
      const stranger = createS3Storage(new URL(`s3://${server.bucket}/log`), server.endpoint);
      const refused = await stranger.sizeOf('small').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Error);
      expect(JSON.stringify(refused) + String(refused)).not.toContain('another-secret');
    } finally {
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3Keys.AWS_SECRET_ACCESS_KEY);
    }
  });
});
