// The sweep over idempotency records: what it finds while the table changes under it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  keepRecordSweep,
  openRecordSweep,
  type RecordSweep,
  sweepRecords,
} from '../../../../src/projections/outbox/recordSweep.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await fixture.pool.query('alter table idempotency_keys set (autovacuum_enabled = off)');
  await fixture.pool.query('update prune_horizons set pruned_before = $1::timestamptz', [window.after]);
});
afterEach(() => fixture.close());

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const window = { after: hoursAgo(9), before: hoursAgo(1.5) };

/** Records of so many hours ago. About a hundred of them fill a page of the table. */
async function insertRecords(count: number, hours: string): Promise<void> {
  await fixture.pool.query(
    `insert into idempotency_keys (command_id, request_hash, status, headers, body, created_at)
     select gen_random_uuid(), '', 200, '{}', n, now() - (${hours}) * interval '1 hour'
       from generate_series(1, $1::integer) as n`,
    [count],
  );
}

/** Oldest first. */
async function ages(): Promise<Readonly<Record<string, number>>> {
  const { rows } = await fixture.pool.query<{ hours: number; records: number }>(
    `select round(extract(epoch from now() - created_at) / 3600)::integer as hours, count(*)::integer as records
       from idempotency_keys
      group by 1`,
  );
  return Object.fromEntries(rows.map(({ hours, records }) => [hours, records]));
}

async function readHorizon() {
  const { rows } = await fixture.pool.query<{ pruned_before: Date; sweep_block: string | null }>(
    `select pruned_before, sweep_block from prune_horizons where subject = 'idempotency records'`,
  );
  return rows[0];
}

const open = (anew = false, before = window.before) => openRecordSweep(fixture.pool, { before }, anew);

async function sweepPage(sweep: RecordSweep): Promise<RecordSweep> {
  const page = await sweepRecords(fixture.pool, window, sweep);
  return page.sweep ?? (await open());
}

/** Sweeps to the end. Returns the number of statements. */
async function sweepAll(begun: RecordSweep): Promise<number> {
  let sweep = begun;
  let pages = 0;
  for (; sweep.block < sweep.blocks && pages < 1_000; pages += 1) sweep = await sweepPage(sweep);
  await keepRecordSweep(fixture.pool, sweep);
  return pages;
}

it('a sweep deletes every expired record of the table in small steps, and no other', async () => {
  await insertRecords(15_000, 'n % 5');
  expect(await sweepAll(await open())).toBeGreaterThan(3);
  expect(await ages()).toEqual({ 0: 3_000, 1: 3_000 });
  expect(await readHorizon()).toEqual({ pruned_before: window.before, sweep_block: null });
});

it('a later run goes on where the last one stopped, and only the end of a sweep moves the horizon', async () => {
  await insertRecords(9_000, '3');
  const first = await sweepPage(await open());
  await keepRecordSweep(fixture.pool, first);
  const left = await ages();
  expect(left[3]).toBeLessThan(9_000);
  expect(await readHorizon()).toEqual({ pruned_before: window.after, sweep_block: String(first.block) });
  const second = await open(false, hoursAgo(1));
  expect(second).toMatchObject({ block: first.block, before: window.before });
  await sweepAll(second);
  expect(await ages()).toEqual({});
  expect(await readHorizon()).toEqual({ pruned_before: window.before, sweep_block: null });
});

it('a sweep begins anew if the table was rebuilt under it, because records have changed their pages', async () => {
  await insertRecords(3_000, '1');
  await insertRecords(3_000, '3');
  const sweep = await sweepPage(await open());
  await fixture.pool.query("delete from idempotency_keys where created_at > now() - interval '2 hours'");
  await fixture.pool.query('vacuum full idempotency_keys');
  await sweepAll(sweep);
  expect(await ages()).toEqual({});
});

it('a sweep ends if vacuum has cut the end of the table off', async () => {
  await insertRecords(9_000, '3');
  const sweep = await sweepPage(await open());
  await fixture.pool.query('delete from idempotency_keys');
  await fixture.pool.query('vacuum idempotency_keys');
  await insertRecords(10, '0');
  expect(await sweepAll(sweep)).toBe(1);
  expect(await ages()).toEqual({ 0: 10 });
  expect(await readHorizon()).toMatchObject({ sweep_block: null });
});

it('what a sweep promises goes back with the clock, so that no record is taken for one of a late clock', async () => {
  await insertRecords(10, '3');
  await keepRecordSweep(fixture.pool, await open());
  await keepRecordSweep(fixture.pool, { ...(await open(false, hoursAgo(5))), block: 0 });
  const sweep = await open();
  expect(sweep.before.getTime()).toBeLessThan(hoursAgo(4).getTime());
  await keepRecordSweep(fixture.pool, { ...sweep, block: sweep.blocks });
  const horizon = await readHorizon();
  expect(horizon?.pruned_before.getTime()).toBeLessThan(hoursAgo(4).getTime());
});

it('a confirmed run begins anew, also over the pages that a sweep has passed', async () => {
  await insertRecords(9_000, '3');
  await keepRecordSweep(fixture.pool, await sweepPage(await open()));
  const before = hoursAgo(1);
  expect(await open(true, before)).toMatchObject({ block: 0, before });
});

it('an attempt that was given up moves no other sweep, and this one never back', async () => {
  await insertRecords(9_000, '3');
  const lost = await sweepPage(await open());
  const next = await sweepPage(lost);
  await keepRecordSweep(fixture.pool, next);
  await keepRecordSweep(fixture.pool, lost);
  expect(await open()).toMatchObject({ block: next.block });
  await keepRecordSweep(fixture.pool, { ...next, beganAt: hoursAgo(1), block: next.blocks });
  expect(await readHorizon()).toEqual({ pruned_before: window.after, sweep_block: String(next.block) });
});
