// Reads the record of one command by its id. A client or an operator asks for it if the answer to a request
// got lost.
import { type OutcomeRow, type RecordedOutcome, toRecordedOutcome } from '../recordRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';

export interface FoundRecord {
  readonly commandId: string;
  readonly outcome: RecordedOutcome;
  readonly recordedAt: Date;
}

/** The records of these commands, which are a few ids that one client's id may stand for. */
export async function readRecords(pool: ReadDatabase, commandIds: readonly string[]): Promise<FoundRecord[]> {
  const { rows } = await pool.query<OutcomeRow & { readonly command_id: string; readonly created_at: Date }>({
    name: 'read-records',
    text: `
      select command_id, status, headers, body, accepted, outcome, created_at
        from idempotency_keys
       where command_id = any($1::uuid[])`,
    values: [commandIds],
  });
  return rows.map((row) => ({
    commandId: row.command_id,
    outcome: toRecordedOutcome(row),
    recordedAt: row.created_at,
  }));
}
