// Batches of commands that were loaded and decided, ready for the append on a session. And the moment at
// which a session waits for a lock.
import { randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { decideBatch } from '../../src/commands/decideBatch.ts';
import type { Submission } from '../../src/commands/submission.ts';
import { keysOf } from '../../src/domain/commands.ts';
import { joinKeys } from '../../src/domain/state.ts';
import { prepareBatch, type PreparedBatch } from '../../src/eventStore/appendBatch.ts';
import { loadBatch } from '../../src/eventStore/loadBatch.ts';
import { eventually } from './eventually.ts';

/** A command, and what else of its submission matters to a test. */
export type Given = Pick<Submission, 'command'> & Partial<Submission>;

function submissionOf(given: Given): Submission {
  const commandId = randomUUID();
  return {
    commandId,
    idempotencyKey: commandId,
    requestHash: { meaning: 'ab'.repeat(32), spelling: 'cd'.repeat(32) },
    correlationId: randomUUID(),
    render: () => ({ status: 200, headers: {}, body: '{}' }),
    ...given,
  };
}

/** The state is loaded by `client`. */
export async function prepared(client: PoolClient, given: readonly Given[]): Promise<PreparedBatch> {
  const submissions = given.map(submissionOf);
  const loaded = await loadBatch(
    client,
    joinKeys(given.map(({ command }) => keysOf(command))),
    submissions.map(({ commandId }) => commandId),
  );
  return prepareBatch(decideBatch(submissions, loaded).batch, loaded, randomUUID());
}

/** Resolves once the session of `client` waits for a lock. */
export async function untilItWaits(pool: Pool, client: PoolClient): Promise<void> {
  const { processID } = client as unknown as { readonly processID: number };
  await eventually(async () => {
    const { rowCount } = await pool.query(
      "select from pg_stat_activity where pid = $1::integer and wait_event_type = 'Lock'",
      [processID],
    );
    return rowCount === 1;
  });
}
