// A wallet's balance as of a time, from the event store: every event carries the balance it left, so no replay and
// no projection is needed.
import type { Pool } from 'pg';
import { decodeEvent } from '../eventCodec.ts';
import type { StoredEvent } from '../../domain/events.ts';
import { type EventRow, toRecordedEvent } from './readEvents.ts';

/**
 * The last event of the wallet's stream that happened at `at` or before, or undefined. It is looked for from the
 * newest backwards: the streams' times come from several processes' clocks and need not rise, so that a search by
 * time could stop at the wrong event.
 */
export async function readLastEventAt(
  pool: Pool,
  walletId: string,
  at: Date,
): Promise<StoredEvent | undefined> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-last-event-at',
    text: `
      select position, wallet_id, version, type, schema_version, data, occurred_at
        from events
       where wallet_id = $1::text
         and occurred_at <= $2::timestamptz
       order by version desc
       limit 1`,
    values: [walletId, at],
  });
  return rows[0] === undefined ? undefined : decodeEvent(toRecordedEvent(rows[0]));
}
