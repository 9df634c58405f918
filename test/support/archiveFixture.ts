// Logs that may be archived: narrow segments of old events, passed by every projection, without outbox rows.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Pool } from 'pg';
import { createDirectoryStorage } from '../../src/archive/directoryStorage.ts';
import { moveOpeningState } from '../../src/archive/openingState.ts';
import { type ArchiveDeps, type Taken, takeStep } from '../../src/archive/steps.ts';
import { ledgerProjection } from '../../src/projections/ledger/ledgerSink.ts';
import { extendSums } from '../../src/projections/ledger/sums/ledgerSums.ts';
import { dropOutboxSegments } from '../../src/projections/outbox/dropSegments.ts';
import { createTestApi, testConfig } from './api.ts';
import { changeLog } from './changeLog.ts';
import { createProtectedDatabase } from './database.ts';
import { actEveryEvent } from './everyEvent.ts';
import { drainAll, testPool } from './projections.ts';
import { cutLog } from './segments.ts';

/** Positions of each segment. */
export const narrow = 8;
const dayMs = 86_400_000;

export interface ArchiveFixture {
  readonly owner: Pool;
  /** With the rights of the service. */
  readonly pool: Pool;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly deps: ArchiveDeps;
  readonly close: () => Promise<void>;
}

/** An empty log of narrow segments, and an empty folder for its archive. */
export async function createArchiveFixture(): Promise<ArchiveFixture> {
  const database = await createProtectedDatabase();
  const owner = testPool(database.url);
  const pool = testPool(database.serviceUrl);
  const folder = await mkdtemp(path.join(tmpdir(), 'wallet-archive-'));
  await cutLog(owner, narrow, 60);
  return {
    ...{ owner, pool, folder, databaseUrl: database.serviceUrl },
    deps: {
      pool,
      storage: createDirectoryStorage(pathToFileURL(folder)),
      moveOpeningState,
    },
    close: async () => {
      await pool.end();
      await owner.end();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Events of every type, in the form of this release. */
export async function fillByCommands({ databaseUrl }: Pick<ArchiveFixture, 'databaseUrl'>): Promise<void> {
  const api = createTestApi(testConfig(databaseUrl));
  try {
    await actEveryEvent(api);
  } finally {
    await api.close();
  }
}

/** Lets everything pass the events of the log, and makes them old. What the ledger parks is resolved. */
export async function letAge({ owner, pool }: Pick<ArchiveFixture, 'owner' | 'pool'>): Promise<void> {
  await drainAll(pool, ledgerProjection);
  await owner.query('delete from projection_failures');
  await changeLog(owner, "update events set occurred_at = occurred_at - interval '60 days'");
  await owner.query("update outbox_rows set created_at = now() - interval '60 days'");
  await owner.query('update projector_checkpoints set position = (select position from log_head)');
  await owner.query('update ledger_form set sums_through = (select position from log_head)');
  await dropOutboxSegments(pool, new Date());
}

/** Makes the events old before they are booked. Everything but the ledger then passes them. */
export async function bookOldEvents({ owner, pool }: Pick<ArchiveFixture, 'owner' | 'pool'>): Promise<void> {
  await changeLog(owner, "update events set occurred_at = occurred_at - interval '60 days'");
  await owner.query("update outbox_rows set created_at = now() - interval '60 days'");
  await drainAll(pool, ledgerProjection);
  await extendLedgerSums(pool);
  await owner.query('update projector_checkpoints set position = (select position from log_head)');
  await dropOutboxSegments(pool, new Date());
}

export async function extendLedgerSums(pool: Pool): Promise<void> {
  for (let step = 0; step < 1_000 && (await extendSums(pool, 3)); step += 1);
}

/** Segments go after 30 days. A detached one is kept for as long as `graceDays` says. */
export function timesOf(graceDays = 0) {
  const now = Date.now();
  return {
    archiveBefore: new Date(now - 30 * dayMs),
    // The clocks of the test and of PostgreSQL may differ.
    dropBefore: new Date(now - graceDays * dayMs + 60_000),
  };
}

/** Takes steps until the segment is dropped, or has to wait. Returns the last outcome. */
export async function archiveThrough(deps: ArchiveDeps, segment: number, graceDays = 0): Promise<Taken> {
  let taken: Taken = 'done';
  for (let steps = 0; steps < 8 && taken === 'done'; steps += 1) {
    taken = await takeStep(deps, segment, timesOf(graceDays));
    if (await isDropped(deps.pool, segment)) return taken;
  }
  return taken;
}

async function isDropped(pool: Pool, segment: number): Promise<boolean> {
  const { rows } = await pool.query<{ state: string }>('select state from log_segments where segment = $1', [
    segment,
  ]);
  return rows[0]?.state === 'dropped';
}

/** All events that the log has, as texts in the order of their positions. */
export async function allEvents(pool: Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ row: string }>(
    'select events::text as row from events order by position',
  );
  return rows.map(({ row }) => row);
}
