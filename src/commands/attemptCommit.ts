// One attempt of a group commit on one connection: load, decide, append. It says how the attempt ended and
// never tries again; commitCommands.ts decides what follows.
import type { Pool, PoolClient } from 'pg';
import { keysOf } from '../domain/commands.ts';
import { joinKeys } from '../domain/state.ts';
import { appendBatch, prepareBatch, type PreparedBatch } from '../eventStore/appendBatch.ts';
import { type DatabaseFailure, failureOf } from '../eventStore/databaseFailure.ts';
import { type LoadedBatch, loadBatch } from '../eventStore/loadBatch.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { decideBatch } from './decideBatch.ts';
import type { DecidedResult, Submission } from './submission.ts';

export interface AttemptDeps {
  readonly pool: Pick<Pool, 'connect'>;
  /** Called after each batch that was committed with events. It wakes the projections. */
  readonly onAppended: () => void;
  /** UUID of this process. Only a record that carries it may be an answer that no client was given yet. */
  readonly processId: string;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

export type Attempt = { readonly answeredBefore?: ReadonlySet<string> } & (
  | {
      readonly kind: 'committed';
      readonly results: readonly DecidedResult[];
      /** The records that were there when this attempt loaded. */
      readonly found: LoadedBatch['answered'];
    }
  | FailedAttempt
);

export interface FailedAttempt {
  readonly kind: DatabaseFailure['kind'] | 'noConnection';
  readonly error: unknown;
}

export async function attemptCommit(deps: AttemptDeps, submissions: readonly Submission[]): Promise<Attempt> {
  let client: PoolClient;
  try {
    client = await deps.pool.connect();
  } catch (error) {
    return { kind: 'noConnection', error };
  }
  const attempt = await attemptOn(client, submissions, deps);
  client.release(attempt.kind === 'unknown' || attempt.kind === 'noConnection');
  if (attempt.kind === 'committed' && attempt.hasEvents) deps.onAppended();
  return attempt;
}

async function attemptOn(
  client: PoolClient,
  submissions: readonly Submission[],
  { failpoint, processId }: AttemptDeps,
): Promise<Attempt & { readonly hasEvents?: boolean }> {
  let loaded: LoadedBatch;
  try {
    loaded = await loadBatch(
      client,
      joinKeys(submissions.map(({ command }) => keysOf(command))),
      submissions.map(({ commandId }) => commandId),
    );
  } catch (error) {
    const { kind } = failureOf(error);
    // Nothing was sent yet, so an unknown outcome is only a connection that failed.
    return { kind: kind === 'unknown' ? 'noConnection' : kind, error };
  }
  const answeredBefore = new Set(loaded.answered.keys());
  let prepared: PreparedBatch;
  let results: readonly DecidedResult[];
  try {
    const decided = decideBatch(submissions, loaded);
    prepared = prepareBatch(decided.batch, loaded, processId);
    results = decided.results;
  } catch (error) {
    // One command is at fault, or one wallet that only a newer release understands. The batch goes on without
    // it.
    return { kind: 'fault', error };
  }
  try {
    failpoint?.('beforeAppend');
    // The driver hands the statement to the socket before this call returns.
    const appended = appendBatch(client, prepared);
    failpoint?.('appendSent');
    await appended;
    failpoint?.('afterAppend');
    return {
      kind: 'committed',
      results,
      found: loaded.answered,
      answeredBefore,
      hasEvents: prepared.eventCount > 0,
    };
  } catch (error) {
    return { kind: failureOf(error).kind, error, answeredBefore };
  }
}
