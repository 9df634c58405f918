// Segments go into the archive, leave the database, and come back as they were. A crash, a damaged file or
// somebody who still needs the events keeps them in the database.
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchivedSegments } from '../../../src/archive/archivedSegments.ts';
import { letGo, restoreSegment } from '../../../src/archive/restore.ts';
import {
  readSegment,
  takeStep,
  verifyAgain,
  verifyForRelease,
  verifySegment,
} from '../../../src/archive/steps.ts';
import { levels } from '../../../src/eventStore/levels.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import {
  allEvents,
  type ArchiveFixture,
  archiveThrough,
  createArchiveFixture,
  letAge,
  narrow,
  timesOf,
} from '../../support/archiveFixture.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { changeLog } from '../../support/changeLog.ts';
import { walletStream } from '../../support/walletStream.ts';

let fixture: ArchiveFixture;
beforeEach(async () => {
  fixture = await createArchiveFixture();
});
afterEach(() => fixture.close());

/** Two full segments and some events of the third. */
async function fill(events = 20): Promise<void> {
  const credits = Array.from({ length: events - 1 }, () => 1n);
  await appendEvents(fixture.owner, walletStream('wallet-001', 100n, credits));
  await letAge(fixture);
}

const archive = (segment: number, graceDays?: number) => archiveThrough(fixture.deps, segment, graceDays);
const step = (segment: number, graceDays?: number) => takeStep(fixture.deps, segment, timesOf(graceDays));
const stepsTo = async (segment: number, steps: number) => {
  for (let taken = 0; taken < steps; taken += 1) expect(await step(segment, 7)).toBe('done');
};
const states = async () =>
  (await readArchivedSegments(fixture.pool)).map((one) => `${one.step ?? 'open'}, ${one.state}`);
const fileOf = (segment: number, name = 'events.parquet') =>
  path.join(fixture.folder, `segment-00000${segment}`, name);

async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  await writeFile(file, bytes);
}

describe('a segment', () => {
  it('goes to a file, leaves the database, and comes back byte for byte', async () => {
    await fill();
    const before = await allEvents(fixture.pool);
    expect(await archive(1)).toBe('done');
    expect(await archive(2)).toBe('done');
    expect(await states()).toEqual(['dropped, dropped', 'dropped, dropped']);
    expect(await allEvents(fixture.pool)).toEqual(before.slice(2 * narrow));
    expect(await restoreSegment(fixture.deps, 2)).toBe(narrow);
    expect(await restoreSegment(fixture.deps, 1)).toBe(narrow);
    expect(await allEvents(fixture.pool)).toEqual(before);
  });

  it('that was restored stays until it is released', async () => {
    await fill();
    await archive(1);
    await restoreSegment(fixture.deps, 1);
    expect(await archive(1)).toBe('restored');
    expect(await letGo(fixture.deps, 1)).toBe(true);
    expect(await letGo(fixture.deps, 1), 'a second time').toBe(false);
    expect(await archive(1)).toBe('done');
    expect(await states()).toEqual(['dropped, dropped', 'open, attached']);
  });

  it('that was restored takes no writes and keeps its guards', async () => {
    await fill();
    await archive(1);
    await restoreSegment(fixture.deps, 1);
    await expect(fixture.owner.query('delete from events_s1')).rejects.toMatchObject({ code: '42501' });
    await expect(fixture.pool.query('select from events_s1')).rejects.toMatchObject({ code: '42501' });
    const { rows } = await fixture.owner.query<{ name: string }>(
      "select conname as name from pg_constraint where conrelid = 'events_s1'::regclass and contype in ('p', 'u', 'c') order by 1",
    );
    expect(rows.map(({ name }) => name)).toEqual([
      ...['events_form', 'events_s1_pkey', 'events_s1_wallet_version', 'events_version'],
    ]);
  });

  it('is restored from its table within the grace, without a file', async () => {
    await fill();
    const before = await allEvents(fixture.pool);
    expect(await archive(1, 7)).toBe('kept');
    await rm(path.dirname(fileOf(1)), { recursive: true });
    await restoreSegment(fixture.deps, 1);
    expect(await allEvents(fixture.pool)).toEqual(before);
    await letGo(fixture.deps, 1);
    await expect(archive(1)).rejects.toThrow('missing');
    expect(await states()).toEqual(['sealed, attached', 'open, attached']);
  });

  it('is kept, detached, until its grace is over', async () => {
    await fill();
    expect(await archive(1, 7)).toBe('kept');
    expect(await states()).toEqual(['detached, detached', 'open, attached']);
    await fixture.owner.query("update log_archive_segments set detached_at = now() - interval '8 days'");
    expect(await archive(1, 7)).toBe('done');
  });

  it('goes only after the one before it', async () => {
    await fill();
    expect(await step(2)).toBe('order');
    expect(await step(1)).toBe('done');
    expect(await step(2)).toBe('done');
  });

  it('leaves a column empty that a later release added', async () => {
    await fill();
    await archive(1);
    await fixture.owner.query('alter table events add column later text');
    await restoreSegment(fixture.deps, 1);
    expect((await allEvents(fixture.pool)).slice(0, narrow).every((row) => row.endsWith(',)'))).toBe(true);
  });

  it('waits while a reader holds the events, and appends go on', async () => {
    await fill();
    await stepsTo(1, 4);
    const reader = await fixture.owner.connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from events');
      const detaching = expect(step(1)).resolves.toBe('locked');
      await appendEvents(fixture.owner, walletStream('wallet-002', 1n));
      await detaching;
      await reader.query('rollback');
    } finally {
      reader.release();
    }
    await letAge(fixture);
    expect(await archive(1)).toBe('done');
  });
});

describe('a crash', () => {
  it.each<FailpointName>([
    'afterSegmentSealed',
    'afterArchiveFileWritten',
    'afterManifestWritten',
    'afterSegmentExported',
    'afterSegmentVerified',
    'afterOpeningStateMoved',
    'afterSegmentDetached',
    'afterSegmentDropped',
  ])('%s leaves a state from which the next run ends right', async (point) => {
    await fill();
    const before = await allEvents(fixture.pool);
    const failpoint = (reached: FailpointName) => {
      if (reached === point) throw new Error(`crash ${point}`);
    };
    await expect(archiveThrough({ ...fixture.deps, failpoint }, 1)).rejects.toThrow(`crash ${point}`);
    expect(await archive(1)).toBe('done');
    expect(await archive(2)).toBe('done');
    expect(await states()).toEqual(['dropped, dropped', 'dropped, dropped']);
    await restoreSegment(fixture.deps, 1);
    await restoreSegment(fixture.deps, 2);
    expect(await allEvents(fixture.pool)).toEqual(before);
  });

  it.each<FailpointName>(['afterRestorePage', 'afterSegmentRestored'])(
    '%s leaves a restore that the next one completes',
    async (point) => {
      await fill();
      const before = await allEvents(fixture.pool);
      await archive(1);
      const failpoint = (reached: FailpointName) => {
        if (reached === point) throw new Error(`crash ${point}`);
      };
      await expect(restoreSegment({ ...fixture.deps, failpoint }, 1)).rejects.toThrow(`crash ${point}`);
      await restoreSegment(fixture.deps, 1);
      expect(await allEvents(fixture.pool)).toEqual(before);
    },
  );
});

describe('a damaged archive', () => {
  it('is found before anything leaves the database, and the file is written again', async () => {
    await fill();
    await stepsTo(1, 2);
    await damage(fileOf(1));
    await expect(step(1)).rejects.toThrow('another SHA-256');
    const [segment] = await readArchivedSegments(fixture.pool);
    expect(segment).toMatchObject({ step: 'sealed', state: 'attached' });
    expect(segment?.problem).toContain('another SHA-256');
    expect(await archive(1)).toBe('done');
    expect(await readArchivedSegments(fixture.pool)).toMatchObject([{ problem: null }, {}]);
  });

  it('is found if the file and its manifest agree, and the events are others', async () => {
    await fill();
    await changeLog(fixture.owner, "update events set wallet_id = 'wallet-009' where position = 3");
    await stepsTo(1, 1);
    await changeLog(fixture.owner, "update events set wallet_id = 'wallet-001' where position = 3");
    await stepsTo(1, 1);
    await expect(step(1)).rejects.toThrow('other events than were sealed');
    expect(await states()).toEqual(['sealed, attached', 'open, attached']);
  });

  it('is found if the manifest is not the one that was written', async () => {
    await fill();
    await stepsTo(1, 2);
    const manifest = await readFile(fileOf(1, 'manifest.json'), 'utf8');
    await writeFile(fileOf(1, 'manifest.json'), manifest.replace('"events": 8', '"events": 9'));
    await expect(step(1)).rejects.toThrow('not the manifest that was written');
    expect(await states()).toEqual(['sealed, attached', 'open, attached']);
  });

  it('is found if a manifest does not follow the one before', async () => {
    await fill();
    await stepsTo(1, 2);
    await stepsTo(2, 2);
    await fixture.owner.query(
      "update log_archive_segments set manifest_sha256 = repeat('0', 64) where segment = 1",
    );
    await expect(step(2)).rejects.toThrow('the manifest before');
  });

  it('drops nothing if the file was lost within the grace', async () => {
    await fill();
    await archive(1, 7);
    await damage(fileOf(1));
    await expect(archive(1)).rejects.toThrow('another SHA-256');
    expect(await states()).toEqual(['sealed, attached', 'open, attached']);
    const { rows } = await fixture.owner.query("select to_regclass('events_s1') is not null as there");
    expect(rows).toEqual([{ there: true }]);
  });

  it('restores nothing', async () => {
    await fill();
    await archive(1);
    await copyFile(fileOf(1), `${fileOf(1)}.kept`);
    await damage(fileOf(1));
    await expect(restoreSegment(fixture.deps, 1)).rejects.toThrow('another SHA-256');
    expect(await states()).toEqual(['dropped, dropped', 'open, attached']);
    await copyFile(`${fileOf(1)}.kept`, fileOf(1));
    expect(await restoreSegment(fixture.deps, 1)).toBe(narrow);
  });

  it('is found by a verification later', async () => {
    await fill();
    await archive(1);
    const verify = async () => verifySegment(fixture.deps, await readSegment(fixture.pool, 1));
    await verify();
    await damage(fileOf(1));
    await expect(verify()).rejects.toThrow('another SHA-256');
  });

  it('of another log is not overwritten', async () => {
    await fill();
    await archive(1);
    const file = await readFile(fileOf(1));
    const other = await createArchiveFixture();
    try {
      await appendEvents(
        other.owner,
        walletStream(
          'wallet-007',
          5n,
          Array.from({ length: 9 }, () => 1n),
        ),
      );
      await letAge(other);
      const deps = { ...other.deps, storage: fixture.deps.storage };
      await expect(archiveThrough(deps, 1)).rejects.toThrow('of another log');
      expect((await readFile(fileOf(1))).equals(file)).toBe(true);
    } finally {
      await other.close();
    }
  });

  it('can not bring in other events through the functions of a restore', async () => {
    await fill();
    await archive(1);
    await fixture.pool.query('select begin_log_restore(1)');
    const forged = Array.from({ length: narrow }, (_, at) => ({
      ...{ position: at + 1, wallet_id: 'wallet-001', version: at + 1, type: 'WalletCredited' },
      ...{ schema_version: 1, data: '{}', metadata: '{}', occurred_at: 0 },
    }));
    await fixture.pool.query('select fill_log_restore(1, $1)', [JSON.stringify(forged)]);
    await expect(fixture.pool.query('select finish_log_restore(1)')).rejects.toThrow('are not the');
    expect(await states()).toEqual(['dropped, dropped', 'open, attached']);
  });
});

describe('a file that is lost while the rows are in the database is written again,', () => {
  it.each(['events.parquet', 'manifest.json'])('before a restored segment is released: %s', async (name) => {
    await fill();
    const before = await allEvents(fixture.pool);
    await archive(1);
    await archive(2);
    await restoreSegment(fixture.deps, 1);
    const file = await readFile(fileOf(1, name));
    await rm(fileOf(1, name));
    await verifyForRelease(fixture.deps, 1);
    expect((await readFile(fileOf(1, name))).equals(file)).toBe(true);
    await letGo(fixture.deps, 1);
    expect(await archive(1)).toBe('done');
    // The manifest of the next one tells the SHA-256 of this one.
    await restoreSegment(fixture.deps, 2);
    await restoreSegment(fixture.deps, 1);
    expect(await allEvents(fixture.pool)).toEqual(before);
  });

  it('unless it would be another one, and then nothing is written', async () => {
    await fill();
    await archive(1);
    await restoreSegment(fixture.deps, 1);
    await changeLog(fixture.owner, `update events set data = data || '{"more": 1}' where position = 3`);
    await rm(fileOf(1));
    await expect(verifyForRelease(fixture.deps, 1)).rejects.toThrow(
      /events\.parquet is missing .* bring it back from its second place/,
    );
    await expect(readFile(fileOf(1))).rejects.toThrow('ENOENT');
    expect(await states()).toEqual(['dropped, attached', 'open, attached']);
  });

  it.each([
    ['exported', 2],
    ['verified', 3],
    ['opened', 4],
    ['detached', 5],
  ] as const)('after its segment was %s', async (name, taken) => {
    await fill();
    const before = await allEvents(fixture.pool);
    await stepsTo(1, taken);
    await stepsTo(2, taken);
    expect(await readArchivedSegments(fixture.pool)).toMatchObject([{ step: name }, { step: name }]);
    const file = await readFile(fileOf(1));
    await rm(fileOf(1));
    await expect(archive(1)).rejects.toThrow('missing');
    const [segment] = await readArchivedSegments(fixture.pool);
    expect(segment).toMatchObject({ step: 'sealed', state: 'attached', restoredAt: null });
    expect(segment?.problem).toContain('missing');
    expect((await allEvents(fixture.pool)).slice(0, narrow)).toEqual(before.slice(0, narrow));
    expect(await archive(1)).toBe('done');
    expect((await readFile(fileOf(1))).equals(file)).toBe(true);
    expect(await archive(2)).toBe('done');
    expect(await readArchivedSegments(fixture.pool)).toMatchObject([
      { step: 'dropped', problem: null },
      { step: 'dropped', problem: null },
    ]);
    await restoreSegment(fixture.deps, 1);
    await restoreSegment(fixture.deps, 2);
    expect(await allEvents(fixture.pool)).toEqual(before);
  });

  it('and its grace begins anew', async () => {
    await fill();
    expect(await archive(1, 7)).toBe('kept');
    await fixture.owner.query("update log_archive_segments set detached_at = now() - interval '8 days'");
    await rm(fileOf(1));
    await expect(archive(1, 7)).rejects.toThrow('missing');
    expect(await archive(1, 7)).toBe('kept');
    expect(await states()).toEqual(['detached, detached', 'open, attached']);
  });

  it('once a verification has found it', async () => {
    await fill();
    expect(await archive(1, 7)).toBe('kept');
    await rm(fileOf(1, 'manifest.json'));
    await expect(verifyAgain(fixture.deps, 1)).rejects.toThrow('missing');
    expect(await states()).toEqual(['sealed, attached', 'open, attached']);
    expect(await archive(1, 7)).toBe('kept');
    await verifyAgain(fixture.deps, 1);
  });

  it('but not from rows that are others than were sealed', async () => {
    await fill();
    expect(await archive(1, 7)).toBe('kept');
    await changeLog(fixture.owner, "update events_s1 set wallet_id = 'wallet-009' where position = 3");
    await rm(fileOf(1));
    await expect(archive(1)).rejects.toThrow('are not the');
    expect(await states()).toEqual(['detached, detached', 'open, attached']);
  });

  it('but not of a segment that was restored or dropped', async () => {
    await fill();
    expect(await archive(1)).toBe('done');
    expect(await archive(2)).toBe('done');
    await restoreSegment(fixture.deps, 2);
    for (const segment of [1, 2]) {
      await rm(fileOf(segment));
      await expect(verifyAgain(fixture.deps, segment)).rejects.toThrow('missing');
    }
    expect(await states()).toEqual(['dropped, dropped', 'dropped, attached']);
  });
});

describe('a segment stays as long as somebody needs it:', () => {
  const endpointAt = (position: number) => [
    "insert into tenants (id, name) values ('acme', 'a test') on conflict do nothing",
    `insert into webhook_endpoints (id, tenant, url, ordered, description, signing, created_by, position)
     values ('we_1', 'acme', 'https://example.com', true, '', 'hmac', 'a test', ${position})`,
  ];
  const needs: Readonly<Record<string, readonly [reason: string, ...statements: string[]]>> = {
    'its last event is young': ['young', 'update events set occurred_at = now() where position = 8'],
    'an event in its midst is young': ['young', 'update events set occurred_at = now() where position = 2'],
    'a projection has not passed it': [
      'projections',
      "update projector_checkpoints set position = 7 where projection = 'ledger'",
    ],
    'an event of it is parked': [
      'parked',
      `insert into projection_failures (projection, position, wallet_id, last_error, next_attempt_at)
       values ('ledger', 3, 'wallet-001', 'a test', now())`,
    ],
    'an endpoint has not passed it': ['webhooks', ...endpointAt(3)],
    'a delivery of it is tried again': [
      'webhooks',
      ...endpointAt(20),
      `insert into webhook_deliveries
         (endpoint_id, position, alert_number, wallet_id, version, type, parks_wallet, attempts, next_attempt_at)
       values ('we_1', 3, 0, 'wallet-001', 3, 'wallet.credited', false, 1, now())`,
    ],
    'the sums of the ledger have not passed it': ['sums', 'update ledger_form set sums_through = 7'],
    'its outbox rows are kept': ['outbox', 'update log_segments set outbox_dropped_at = null'],
    'the level of the archive is not open': ['levels', `update log_head set level = ${levels.archive - 1}`],
  };
  const need = async (what: string) => {
    const [reason, ...statements] = needs[what] ?? ['unknown'];
    for (const statement of statements) await changeLog(fixture.owner, statement);
    return reason;
  };

  it.each(Object.keys(needs))('%s', async (what) => {
    await fill();
    const reason = await need(what);
    expect(await step(1)).toBe(reason);
    expect(await states()).toEqual(['open, attached', 'open, attached']);
  });

  it.each(Object.keys(needs).filter((what) => what !== 'an event in its midst is young'))(
    '%s, also after it was opened',
    async (what) => {
      await fill();
      await stepsTo(1, 4);
      const reason = await need(what);
      expect(await step(1)).toBe(reason);
      expect(await states()).toEqual(['opened, attached', 'open, attached']);
    },
  );

  it('the log has not filled it', async () => {
    await fill(7);
    expect(await readArchivedSegments(fixture.pool)).toEqual([]);
    await expect(step(1)).rejects.toThrow('no filled segment 1');
  });

  it('a rebuild or a verification that runs', async () => {
    await fill();
    const busy = { ...fixture.deps, busyWith: () => Promise.resolve('rebuildLedger') };
    expect(await archiveThrough(busy, 1)).toBe('busy');
    expect(await states()).toEqual(['verified, attached', 'open, attached']);
    await stepsTo(1, 1);
    expect(await archiveThrough(busy, 1)).toBe('busy');
    await stepsTo(1, 1);
    expect(await archiveThrough(busy, 1)).toBe('busy');
    expect(await states()).toEqual(['detached, detached', 'open, attached']);
  });

  it('an event is missing', async () => {
    await fill();
    await changeLog(fixture.owner, 'delete from events where position = 5');
    await expect(step(1)).rejects.toThrow('has 7 events instead of 8');
  });
});

describe('the database itself refuses', () => {
  it('to detach or drop a segment before its steps', async () => {
    await fill();
    await stepsTo(1, 2);
    const far = "'9999-01-01'";
    await expect(fixture.pool.query(`select detach_log_segment(1, ${far})`)).rejects.toThrow('not opened');
    await expect(fixture.pool.query(`select drop_log_segment(1, ${far})`)).rejects.toThrow('not detached');
    await expect(fixture.pool.query('select note_archive_opened(1)')).rejects.toThrow('not opened');
    await expect(
      fixture.pool.query("select note_archive_verified(1, repeat('0', 64), 8, repeat('0', 64))"),
    ).rejects.toThrow('not verified');
  });

  it('to call a segment opened that the opening state does not cover', async () => {
    await fill();
    await stepsTo(1, 3);
    const lazy = { ...fixture.deps, moveOpeningState: () => Promise.resolve() };
    await expect(takeStep(lazy, 1, timesOf())).rejects.toThrow('the opening state ends before it');
  });

  it('to drop a segment that has outbox rows', async () => {
    await fill();
    await archive(1, 7);
    await fixture.owner.query('update log_segments set outbox_dropped_at = null');
    await expect(archive(1)).rejects.toThrow('not dropped');
    expect(await states()).toEqual(['detached, detached', 'open, attached']);
  });
});
