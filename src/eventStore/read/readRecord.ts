// Reads the record of one command by its id. A client or an operator asks for it if the answer to a request
// got lost.
import type { Pool } from 'pg';
import { type OutcomeRow, type RecordedOutcome, toRecordedOutcome } from '../recordRows.ts';

/** The record of the command, or undefined if there is none yet. */
export async function readRecord(
  pool: Pool,
  commandId: string,
): Promise<{ readonly outcome: RecordedOutcome; readonly recordedAt: Date } | undefined> {
  const { rows } = await pool.query<OutcomeRow & { readonly created_at: Date }>({
    name: 'read-record',
    text: `
      select status, headers, body, accepted, outcome, created_at
        from idempotency_keys
       where command_id = $1::uuid`,
    values: [commandId],
  });
  const [row] = rows;
  return row && { outcome: toRecordedOutcome(row), recordedAt: row.created_at };
}
