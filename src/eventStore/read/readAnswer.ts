// Reads the stored answer of one command by its id. A client or an operator asks for it if the answer to a
// request got lost.
import type { Pool } from 'pg';
import type { StoredAnswer } from '../loadBatch.ts';

interface RecordedAnswer extends StoredAnswer {
  readonly recordedAt: Date;
}

interface AnswerRow {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly created_at: Date;
}

/** The stored answer, or undefined if there is none yet. */
export async function readAnswer(pool: Pool, commandId: string): Promise<RecordedAnswer | undefined> {
  const { rows } = await pool.query<AnswerRow>({
    name: 'read-answer',
    text: `
      select status, headers, body, created_at
        from idempotency_keys
       where command_id = $1::uuid`,
    values: [commandId],
  });
  const row = rows[0];
  if (row === undefined) return undefined;
  return { status: row.status, headers: row.headers, body: row.body, recordedAt: row.created_at };
}
