// Reads a wallet's balance at a time from the event store. Every event carries the balance after it, so
// neither a replay nor a projection is needed.
import type { RecordedEvent } from '../eventCodec.ts';
import { eventColumns as columns, type EventRow, toRecordedEvent } from './readEvents.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/**
 * The last event of the wallet's stream that happened at `at` or before, or undefined. The search goes from
 * the newest event backwards. The times come from the clocks of several processes and need not rise, so a
 * search by time could stop at the wrong event.
 */
export async function readLastEventAt(
  pool: ReadDatabase,
  walletId: string,
  at: Date,
): Promise<RecordedEvent | undefined> {
  const { rows } = await pool.query<EventRow>({
    name: 'read-last-event-at',
    text: `
      select ${columns}
        from events
       where wallet_id = $1::text
         and occurred_at <= $2::timestamptz
       order by version desc
       limit 1`,
    values: [walletId, at],
  });
  return rows[0] === undefined ? undefined : toRecordedEvent(rows[0]);
}
