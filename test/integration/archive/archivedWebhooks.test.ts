// Endpoints and replays of an archived log. A replay finds its place among the events that are left. What
// needs an event that has left the log is refused, and nothing is left out without a word.
import { beforeAll, expect, it } from 'vitest';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { ArchivedError } from '../../../src/eventStore/retainedLog.ts';
import { changeEndpoint, resumeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { insertReplay, type NewReplay } from '../../../src/webhooks/replayStore.ts';
import { withProgress } from '../../../src/webhooks/replayProgress.ts';
import { dropArchived, openSegments } from '../../support/archive.ts';
import { changeLog } from '../../support/changeLog.ts';
import { cutLog } from '../../support/segments.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint } from '../../support/webhookLane.ts';

const { pool, commit } = await openWebhookFixture();

/** Positions 1 to 16 are archived. */
const width = 16;
const events = 30;
const times: Date[] = [];

beforeAll(async () => {
  await changeLog(pool, `update log_head set level = ${levelMax}`);
  await cutLog(pool, width);
  await commit(events - 1);
  // Clocks of processes may differ by minutes, so the events lie hours apart.
  await changeLog(
    pool,
    `update events set occurred_at = '2026-01-01T00:00:00Z'::timestamptz + position * interval '1 hour'`,
  );
  const { rows } = await pool.query<{ occurred_at: Date }>(
    'select occurred_at from events order by position',
  );
  times.push(new Date(0), ...rows.map(({ occurred_at: at }) => at));
  await openSegments(pool);
  await dropArchived(pool);
});

const timeOf = (position: number) => times[position] ?? new Date(0);

function replayOf(endpointId: string, from: number, to: number, key = 'r'): NewReplay {
  return {
    ...{ id: `whr_${from}_${to}_${key}`, tenant: '', endpointId, types: null },
    ...{ from: timeOf(from), until: timeOf(to), createdBy: 'test', idempotencyKey: key, requestHash: 'h' },
  };
}

it.each([
  [17, 20],
  [20, 22],
  [29, 30],
])('a replay of the positions %i to %i, which are in the log, finds them', async (from, to) => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:9');
  const made = await insertReplay(pool, replayOf(id, from, to));
  expect(made).toMatchObject({
    kind: 'made',
    replay: { position: BigInt(from - 1), untilPosition: BigInt(to) },
  });
  const [shown] = 'replay' in made ? await withProgress(pool, [made.replay]) : [];
  expect(shown?.progress).toBe(0);
});

it('a replay that begins with archived events is refused, and a repeat of an earlier one is answered', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:9');
  await expect(insertReplay(pool, replayOf(id, 16, 20))).rejects.toThrow(ArchivedError);
  const earlier = replayOf(id, 17, 20, 'earlier');
  await insertReplay(pool, earlier);
  const again = { ...earlier, from: timeOf(3) };
  expect(await insertReplay(pool, again)).toMatchObject({ kind: 'repeated' });
});

it('an endpoint that would go on among archived events is refused, and goes on from now', async () => {
  const id = await addEndpoint(pool, 'http://127.0.0.1:9');
  const isIn = async (state: string, position: number) => {
    const { rows } = await pool.query('select state, position from webhook_endpoints where id = $1', [id]);
    expect(rows).toEqual([{ state, position: String(position) }]);
  };
  await changeEndpoint(pool, '', id, { enabled: false });
  await pool.query('update webhook_endpoints set position = $2 where id = $1', [id, width - 1]);
  await expect(changeEndpoint(pool, '', id, { enabled: true })).rejects.toThrow(ArchivedError);
  await expect(resumeEndpoint(pool, '', id, 'parked')).rejects.toThrow(ArchivedError);
  await isIn('disabled', width - 1);
  await pool.query('update webhook_endpoints set position = $2 where id = $1', [id, width]);
  await changeEndpoint(pool, '', id, { enabled: true });
  await isIn('enabled', width);
  await changeEndpoint(pool, '', id, { enabled: false });
  await pool.query('update webhook_endpoints set position = 3 where id = $1', [id]);
  await resumeEndpoint(pool, '', id, 'now');
  await isIn('enabled', events);
});
