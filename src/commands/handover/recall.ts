// Calls commands back that were handed over. First the fence of the log is moved, so nobody else can commit
// them. Then they run here, in their order.
import { setTimeout as pause } from 'node:timers/promises';
import { withinDeadline } from '../../deadline.ts';
import type { SubmissionResult } from '../submission.ts';
import { adopt, type Handed, type SenderState } from './senderState.ts';

const fencePauseMs = 50;
/** A healthy PostgreSQL moves the fence within a few milliseconds. */
const attemptMinMs = 250;

/** Does nothing while a recall is under way. */
export function recall(state: SenderState): void {
  if (state.open.size === 0 || state.recalling !== undefined) return;
  state.recalling = recallAll(state).finally(() => {
    state.recalling = undefined;
    adopt(state, state.holder);
  });
}

async function recallAll(state: SenderState): Promise<void> {
  const { open, options } = state;
  const numbers = [...open.keys()];
  options.onRecalled(numbers.length);
  const startedAt = options.monotonicMs();
  for (;;) {
    try {
      await moveFence(state, startedAt);
      findAllHere(state, numbers);
      return;
    } catch {
      // The commands' own statements report an outage of PostgreSQL.
      if (options.monotonicMs() - startedAt >= timeMaxOf(state)) break;
      await pause(fencePauseMs);
    }
  }
  for (const number of numbers) {
    open.get(number)?.resolve({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
    open.delete(number);
  }
}

/**
 * One attempt. At a stop it may not take longer than the recall, because the commands still have to run here
 * within the grace. If the fence is moved after all, their outcome is as unknown as it was said to be.
 */
async function moveFence(state: SenderState, startedAt: number): Promise<void> {
  const { monotonicMs, raiseFence } = state.options;
  if (!state.closed) {
    await raiseFence();
    return;
  }
  const leftMs = Math.max(attemptMinMs, startedAt + timeMaxOf(state) - monotonicMs());
  await withinDeadline(leftMs, raiseFence(), 'the fence of the log was not moved in time');
}

function timeMaxOf({ closed, options }: SenderState): number {
  return closed ? options.stopRecallTimeMaxMs : options.recallTimeMaxMs;
}

/** Runs commands here that another process may have committed, and will not commit from now on. */
function findAllHere({ open, options }: SenderState, numbers: readonly number[]): void {
  for (const number of numbers) {
    const handed = open.get(number);
    if (handed === undefined) continue;
    open.delete(number);
    handed.resolve(options.runHere(handed.submission).then((result) => toFoundResult(result, handed)));
  }
}

function toFoundResult(result: SubmissionResult, { submission }: Handed): SubmissionResult {
  // Any other reason says that nothing was written. Nobody knows that before the command has run here.
  if (result.kind === 'unavailable') return { kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' };
  // Without a key nobody has asked before. With one the record may be that of an earlier request.
  const isFirst = result.kind === 'answered' && submission.idempotencyKey === undefined;
  return isFirst ? { ...result, replayed: false } : result;
}
