// Wraps the command path for metrics, traces and the log, so that the command path itself knows none of them.
// The wrappers run with every command, batch, lock and statement.
import type { Pool, PoolClient } from 'pg';
import type { RequestIds } from '../src/api/context.ts';
import type { BatchWatch } from '../src/commands/commandPath.ts';
import type { CommandQueue } from '../src/commands/commandQueue.ts';
import type { FailedAttempt } from '../src/commands/attemptCommit.ts';
import type { SubmissionResult, UnavailableReason } from '../src/commands/submission.ts';
import { isAccepted } from '../src/eventStore/recordRows.ts';
import type { WalletLocks } from '../src/locks/walletLocks.ts';
import type { ApiMetrics, CommandOutcome } from '../src/telemetry/apiMetrics.ts';
import { createLineLimit } from '../src/telemetry/limitedLines.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Traces } from '../src/telemetry/traces.ts';

export interface CommandWatch {
  readonly metrics: ApiMetrics;
  /** Undefined if traces are off. */
  readonly traces: Traces | undefined;
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
}

/** Counts and times every command that was taken. */
export function watchSubmit(submit: CommandQueue['submit'], watch: CommandWatch): CommandQueue['submit'] {
  const { metrics, traces, monotonicMs } = watch;
  return async (submission) => {
    const startedAt = monotonicMs();
    const name = submission.command.type;
    let outcome: CommandOutcome = 'failed';
    try {
      const result = await (traces === undefined
        ? submit(submission)
        : traces.command(name, (traceparent) => submit({ ...submission, traceparent })));
      outcome = outcomeOf(result);
      return result;
    } finally {
      metrics.commandEnded(name, outcome, (monotonicMs() - startedAt) / 1_000);
    }
  };
}

function outcomeOf(result: SubmissionResult): CommandOutcome {
  if (result.kind === 'keyReused') return 'key_reused';
  if (result.kind === 'unavailable') return 'unavailable';
  if (result.replayed) return 'replayed';
  return isAccepted(result.outcome) ? 'accepted' : 'rejected';
}

export function watchBatches({ metrics, traces }: CommandWatch): BatchWatch {
  return (batch, run) => {
    metrics.batchStarted(batch.length);
    if (traces === undefined) return run();
    return traces.batch(
      batch.map(({ submission }) => submission.traceparent),
      run,
    );
  };
}

export function watchLocks(
  locks: WalletLocks,
  { metrics, traces, monotonicMs }: CommandWatch,
  onContention: () => void,
): WalletLocks {
  return {
    acquire: async (groups) => {
      const startedAt = monotonicMs();
      const acquire = () => locks.acquire(groups);
      const attempt = await (traces === undefined ? acquire() : traces.step('lock wallets', acquire));
      const locked = attempt.granted.filter((granted) => !granted).length;
      metrics.lockAnswered((monotonicMs() - startedAt) / 1_000, locked);
      if (locked > 0) onContention();
      return attempt;
    },
  };
}

/** The pool itself if traces are off. Otherwise each statement is a step of the span under way. */
export function watchStatements(pool: Pool, { traces }: CommandWatch): Pick<Pool, 'connect'> {
  if (traces === undefined) return pool;
  const connect = async (): Promise<PoolClient> => {
    const client = await pool.connect();
    const query = (statement: string | { readonly name?: string }) =>
      traces.step(typeof statement === 'string' ? 'statement' : (statement.name ?? 'statement'), () =>
        client.query(statement as string),
      );
    // Every other member is the client's.
    return Object.create(client, { query: { value: query } }) as PoolClient;
  };
  return { connect: connect as Pool['connect'] };
}

/**
 * Logs the commands that got 503 for lack of capacity or of a part, up to the limit of lines.
 */
export function createRefusalLog(
  log: Log,
): (reason: UnavailableReason, request: RequestIds & { readonly commandId?: string }) => void {
  const getsLine = createLineLimit<UnavailableReason>((reason, count) => {
    log.warn({ reason, count }, 'more commands were refused');
  });
  return (reason, request) => {
    log[getsLine(reason) ? 'warn' : 'debug']({ reason, ...request }, 'a command was refused');
  };
}

/** Logs a batch of which nothing was written and that simply runs again. False for any other failure. */
export function runsAgain(log: Log, failure: FailedAttempt['kind'], error: unknown): boolean {
  if (failure === 'fenced')
    log.debug({ err: error }, 'the fence of the log was moved, and a batch runs again');
  else if (failure === 'conflict')
    log.debug({ err: error }, 'a batch lost to another process and runs again');
  else if (failure === 'unsegmented')
    log.warn({ err: error }, 'the log has no segment for a batch, and this process makes the next one');
  else return false;
  return true;
}
