// The state of every wallet is the same from the log and from the opening state after segments went to files.
// It is the same once more from all segments, after they came back from their files.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { restoreSegment } from '../../../src/archive/restore.ts';
import { lastWallet } from '../../../src/eventStore/read/readStreams.ts';
import { readFoldedWallets } from '../../../src/projections/readModel/fold/readFoldedWallets.ts';
import {
  type ArchiveFixture,
  archiveThrough,
  createArchiveFixture,
  fillByCommands,
  letAge,
} from '../../support/archiveFixture.ts';

let fixture: ArchiveFixture;
beforeEach(async () => {
  fixture = await createArchiveFixture();
});
afterEach(() => fixture.close());

const walletsOfPage = 3;

async function foldAll(fromStart = false): Promise<readonly unknown[]> {
  const everything = { after: '', until: lastWallet, fromStart };
  const found: unknown[] = [];
  for await (const page of readFoldedWallets(fixture.pool, everything, walletsOfPage))
    for (const { walletId, wallet, events, broken, unreadEnd } of page)
      found.push({ walletId, wallet, events, broken, unreadEnd });
  return found;
}

it('every wallet is the same from the log, from the opening state, and from the files', async () => {
  await fillByCommands(fixture);
  await letAge(fixture);
  const before = await foldAll();
  expect(before.length).toBeGreaterThan(3);
  const segments = await readArchivedSegments(fixture.pool);
  expect(segments.length).toBeGreaterThan(2);
  for (const { segment } of segments) {
    expect(await archiveThrough(fixture.deps, segment)).toBe('done');
    expect(await foldAll()).toEqual(before);
  }
  expect(await foldAll(true), 'without the archived events').not.toEqual(before);
  for (const { segment } of segments) await restoreSegment(fixture.deps, segment);
  expect(await foldAll(true)).toEqual(before);
  expect(await foldAll()).toEqual(before);
});
