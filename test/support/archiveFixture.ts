// Logs that may be archived: narrow segments of old events, passed by every projection, without outbox rows.
import type { Pool } from 'pg';
import { dropOutboxSegments } from '../../src/projections/outbox/dropSegments.ts';
import { changeLog } from './changeLog.ts';
import { cutLog } from './segments.ts';

export const narrow = 8;

/** An empty log of narrow segments. */
export async function cutNarrow(owner: Pool): Promise<void> {
  await cutLog(owner, narrow, 60);
}

/** Makes the events of the log old, and lets everything pass them. */
export async function letAge(owner: Pool, service: Pool, days = 60): Promise<void> {
  await changeLog(
    owner,
    `update events set occurred_at = occurred_at - interval '${days} days'
                           where occurred_at > now() - interval '${days} days'`,
  );
  await owner.query(`update outbox_rows set created_at = now() - interval '${days} days'`);
  await owner.query('update projector_checkpoints set position = (select position from log_head)');
  await owner.query('update ledger_form set sums_through = (select position from log_head)');
  await dropOutboxSegments(service, new Date());
}

/** All events as they are stored, as texts. */
export async function allEvents(pool: Pool): Promise<readonly unknown[]> {
  const { rows } = await pool.query<{ row: string }>(
    'select events::text as row from events order by position',
  );
  return rows.map(({ row }) => row);
}
