// Segments go into the archive, leave the database, and come back as they were.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pool } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { createDirectoryStorage } from '../../../src/archive/directoryStorage.ts';
import { letGo, restoreSegment } from '../../../src/archive/restore.ts';
import { type ArchiveDeps, takeStep } from '../../../src/archive/steps.ts';
import { allEvents, cutNarrow, letAge, narrow } from '../../support/archiveFixture.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { createProtectedDatabase } from '../../support/database.ts';
import { testPool } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
let owner: Pool;
let pool: Pool;
let folder: string;
let deps: ArchiveDeps;

beforeEach(async () => {
  database = await createProtectedDatabase();
  owner = testPool(database.url);
  pool = testPool(database.serviceUrl);
  folder = await mkdtemp(path.join(tmpdir(), 'wallet-archive-'));
  await cutNarrow(owner);
  deps = {
    pool,
    storage: createDirectoryStorage(pathToFileURL(folder)),
    moveOpeningState: async (_, { to }) => {
      await owner.query('update log_archive set archived_through = $1', [to - 1n]);
    },
  };
});
afterEach(async () => {
  await pool.end();
  await owner.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const now = () => ({
  archiveBefore: new Date(Date.now() - 86_400_000),
  dropBefore: new Date(Date.now() + 60_000),
});
const archive = async (segment: number) => {
  for (let steps = 0; steps < 6; steps += 1) expect(await takeStep(deps, segment, now())).toBe('done');
};
const states = async () => (await readArchivedSegments(pool)).map(({ step, state }) => [step, state]);

it('a segment goes to a file, leaves the database, and comes back byte for byte', async () => {
  await appendEvents(
    owner,
    walletStream(
      'wallet-001',
      100n,
      Array.from({ length: 20 }, () => 1n),
    ),
  );
  await letAge(owner, pool);
  const before = await allEvents(owner);
  await archive(1);
  await archive(2);
  await archive(2);
  expect(await states()).toEqual([
    ['dropped', 'dropped'],
    ['dropped', 'dropped'],
  ]);
  expect(await allEvents(owner)).toEqual(before.slice(2 * narrow));
  expect(await restoreSegment(deps, 1)).toBe(narrow);
  expect(await restoreSegment(deps, 2)).toBe(narrow);
  expect(await allEvents(owner)).toEqual(before);
  expect(await takeStep(deps, 1, now())).toBe('restored');
  expect(await letGo(deps, 1)).toBe(true);
  expect(await takeStep(deps, 1, now())).toBe('done');
  expect(await takeStep(deps, 1, now())).toBe('done');
  expect(await states()).toEqual([
    ['dropped', 'dropped'],
    ['dropped', 'attached'],
  ]);
});
