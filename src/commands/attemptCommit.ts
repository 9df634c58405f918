// One attempt of a group commit on one connection: load, decide, append. It says how the attempt ended, and
// commitCommands.ts decides what follows. If the cache has every wallet of the batch, there is no load. If
// the append then finds a difference, nothing was written, and the attempt goes on with a load.
import type { Pool, PoolClient } from 'pg';
import { keysOf } from '../domain/commands.ts';
import { joinKeys, type Keys } from '../domain/state.ts';
import {
  appendBatch,
  type BatchToAppend,
  prepareBatch,
  type PreparedBatch,
  UnconfirmedBatchError,
} from '../eventStore/appendBatch.ts';
import { type DatabaseFailure, failureOf } from '../eventStore/databaseFailure.ts';
import { type LoadedBatch, loadBatch } from '../eventStore/loadBatch.ts';
import type { CommandToRecord } from '../eventStore/recordRows.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import { decideBatch } from './decideBatch.ts';
import type { WalletCache } from './walletCache.ts';
import type { DecidedResult, Submission } from './submission.ts';

export interface AttemptDeps {
  readonly pool: Pick<Pool, 'connect'>;
  /** Called after each batch that was committed with events. It wakes the projections. */
  readonly onAppended: () => void;
  /** UUID of this process. Only a record that carries it may be an answer that no client was given yet. */
  readonly processId: string;
  readonly walletCache: WalletCache;
  /** Hears of each batch whether it needed a load. */
  readonly onCacheAsked?: (answer: CacheAnswer) => void;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/**
 * `hit`: no load was needed. `miss`: the batch was loaded at once. `unguarded`: no append would have checked
 * the decision, because a command leaves no record. `refused`: the append without a load found another row, a
 * record or another fence. After both, the batch was loaded.
 */
type CacheAnswer = 'hit' | 'miss' | 'unguarded' | 'refused';

export type Attempt = {
  /** The records that were there when this attempt loaded. Absent if no load succeeded. */
  readonly found?: LoadedBatch['answered'];
  /** The records that were sent, if nobody had looked for earlier ones. */
  readonly sentUnchecked?: readonly CommandToRecord[];
} & ({ readonly kind: 'committed'; readonly results: readonly DecidedResult[] } | FailedAttempt);

export interface FailedAttempt {
  readonly kind: DatabaseFailure['kind'] | 'noConnection';
  readonly error: unknown;
}

/** `mayUseCache` is false if records of these commands may be there that nobody has found yet. */
export async function attemptCommit(
  deps: AttemptDeps,
  submissions: readonly Submission[],
  mayUseCache: boolean,
): Promise<Attempt> {
  let client: PoolClient;
  try {
    client = await deps.pool.connect();
  } catch (error) {
    return { kind: 'noConnection', error };
  }
  const keys = joinKeys(submissions.map(({ command }) => keysOf(command)));
  const onCached = mayUseCache ? await attemptOnCached(client, submissions, keys, deps) : 'miss';
  deps.onCacheAsked?.(typeof onCached === 'string' ? onCached : 'hit');
  const attempt =
    typeof onCached === 'string' ? await attemptOnLoaded(client, submissions, keys, deps) : onCached;
  client.release(attempt.kind === 'unknown' || attempt.kind === 'noConnection');
  if (attempt.kind !== 'committed') deps.walletCache.forget(keys.wallets);
  else if (attempt.hasEvents) deps.onAppended();
  return attempt;
}

type EndedAttempt = Attempt & { readonly hasEvents?: boolean };

/** Decides on cached wallets. If it says a word instead, nothing was written and the batch has to load. */
async function attemptOnCached(
  client: PoolClient,
  submissions: readonly Submission[],
  keys: Keys,
  deps: AttemptDeps,
): Promise<EndedAttempt | Exclude<CacheAnswer, 'hit'>> {
  const { walletCache } = deps;
  const cached = walletCache.find(keys);
  if (cached === undefined) return 'miss';
  const decided = decide(submissions, cached, deps.processId);
  if ('error' in decided || !isGuarded(decided.batch, submissions)) return 'unguarded';
  const sentUnchecked = decided.batch.records;
  try {
    return { ...(await append(client, decided, deps)), sentUnchecked };
  } catch (error) {
    const isUnconfirmed = error instanceof UnconfirmedBatchError;
    const { kind } = failureOf(error);
    if (!isUnconfirmed && kind !== 'conflict') return { kind, error, sentUnchecked };
    walletCache.refused();
    return 'refused';
  }
}

/**
 * Whether the append of a decision on cached wallets checks all that it was decided on. It looks for earlier
 * records of the commands that it records, and of no others. Without an event it checks nothing.
 */
export function isGuarded({ records, events }: BatchToAppend, submissions: readonly Submission[]): boolean {
  return records.length === submissions.length && events.length > 0;
}

async function attemptOnLoaded(
  client: PoolClient,
  submissions: readonly Submission[],
  keys: Keys,
  deps: AttemptDeps,
): Promise<EndedAttempt> {
  let loaded: LoadedBatch;
  try {
    loaded = await loadBatch(
      client,
      keys,
      submissions.map(({ commandId }) => commandId),
    );
  } catch (error) {
    const { kind } = failureOf(error);
    // Nothing was sent yet, so an unknown outcome is only a connection that failed.
    return { kind: kind === 'unknown' ? 'noConnection' : kind, error };
  }
  deps.walletCache.takeLoaded(loaded);
  const found = loaded.answered;
  const decided = decide(submissions, loaded, deps.processId);
  if ('error' in decided) return { kind: 'fault', error: decided.error, found };
  try {
    return { ...(await append(client, decided, deps)), found };
  } catch (error) {
    return { kind: failureOf(error).kind, error, found };
  }
}

type PreparedDecision = ReturnType<typeof decideBatch> & { readonly prepared: PreparedBatch };

/** An error if one command is at fault, or one wallet that only a newer release understands. */
function decide(
  submissions: readonly Submission[],
  loaded: LoadedBatch,
  processId: string,
): PreparedDecision | { readonly error: unknown } {
  try {
    const decided = decideBatch(submissions, loaded);
    return { ...decided, prepared: prepareBatch(decided.batch, loaded, processId) };
  } catch (error) {
    return { error };
  }
}

async function append(
  client: PoolClient,
  { batch, results, prepared }: PreparedDecision,
  { failpoint, walletCache }: AttemptDeps,
) {
  failpoint?.('beforeAppend');
  // The driver hands the statement to the socket before this call returns.
  const appended = appendBatch(client, prepared);
  failpoint?.('appendSent');
  const { rowXid } = await appended;
  failpoint?.('afterAppend');
  if (rowXid !== undefined) walletCache.takeWritten(batch.wallets, rowXid);
  return { kind: 'committed', results, hasEvents: prepared.eventCount > 0 } as const;
}
