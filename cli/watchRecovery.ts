// Follows a recovery to its end, with a live bar on a terminal and a line for each phase elsewhere. Ctrl-C
// ends only the command, and the recovery goes on.
import { setTimeout as pause } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { type components, valueOf } from '../src/client/index.ts';
import { visible } from '../src/foreignText.ts';
import type { Context } from './context.ts';
import { ExitError, exits } from './exits.ts';
import { duration, grouped } from './output.ts';

export type Recovery = components['schemas']['Recovery'];
type Progress = components['schemas']['RecoveryProgress'];

const readEveryMs = 300;
/** In characters. The text beside the bar needs most of the line. */
const barWidth = 20;

/** Resolves with the recovery as soon as it has ended, even if it failed. */
export async function watchRecovery(context: Context, workflowId: string): Promise<Recovery> {
  const left = new AbortController();
  const leave = () => {
    left.abort();
  };
  process.once('SIGINT', leave);
  const show = process.stderr.isTTY ? liveBar() : phaseLines(context);
  try {
    for (;;) {
      const found = valueOf(await context.client.getRecovery({ workflowId }, { signal: left.signal }));
      if (found.progress !== null) show.update(found.progress, found.retrying);
      if (found.state !== 'RUNNING') return found;
      await pause(readEveryMs, undefined, { signal: left.signal });
    }
  } catch (error) {
    if (!left.signal.aborted) throw error;
    show.end();
    const detail = `${workflowId} goes on. Join it again: wallet recovery watch ${workflowId}`;
    context.output.note(detail);
    throw new ExitError(exits.left, { code: 'LEFT', detail });
  } finally {
    show.end();
    process.off('SIGINT', leave);
  }
}

interface Shown {
  readonly update: (progress: Progress, retrying: Recovery['retrying']) => void;
  readonly end: () => void;
}

function liveBar(): Shown {
  const format = '{state} {phase} |{bar}| {counts}{left}{problem}';
  const bar = new SingleBar(
    { format, barsize: barWidth, hideCursor: true, clearOnComplete: false },
    Presets.shades_classic,
  );
  let phase: string | undefined;
  return {
    update: (progress, retrying) => {
      const { done, total } = progress;
      const size = Math.max(total ?? done, 1);
      const words = {
        ...inWords(progress),
        problem: retrying === null ? '' : `; ${problemInWords(retrying)}`,
      };
      if (progress.phase !== phase) {
        if (phase !== undefined) finishPhase(bar);
        phase = progress.phase;
        bar.start(size, Math.min(done, size), words);
      }
      bar.setTotal(size);
      bar.update(Math.min(done, size), words);
    },
    end: () => {
      if (phase !== undefined) bar.stop();
    },
  };
}

/**
 * Shows a full bar. The next phase has begun, so this one is complete even if its last progress was never
 * read.
 */
function finishPhase(bar: SingleBar): void {
  bar.update(bar.getTotal(), { state: 'done', counts: '', left: 'done', problem: '' });
  bar.stop();
}

function phaseLines({ output }: Context): Shown {
  let shown: string | undefined;
  let told: string | undefined;
  return {
    update: (progress, retrying) => {
      const { state, phase, counts, left } = inWords(progress);
      const now = `${state} ${phase}`;
      if (now !== shown) output.note(`${now}: ${counts}${left}`);
      shown = now;
      // A failure is said once, and not again with each attempt.
      if (retrying !== null && retrying.failure !== told) output.note(problemInWords(retrying));
      told = retrying?.failure;
    },
    end: () => undefined,
  };
}

function inWords({ status, phase, unit, done, total, ratePerS, secondsLeft, waitsUntil, tookS }: Progress) {
  const amount = total === null ? grouped(done) : `${grouped(done)} of about ${grouped(total)}`;
  const counts = `${amount} ${unit}, ${grouped(ratePerS)}/s, `;
  const remaining = secondsLeft === null ? 'time left unknown' : `${duration(secondsLeft * 1_000)} left`;
  if (tookS !== null) {
    const all = `${grouped(done)} ${unit} (100 %), ${grouped(ratePerS)}/s, `;
    return { state: status, phase, counts: all, left: `took ${duration(tookS * 1_000)}` };
  }
  if (waitsUntil !== null || (total === null && done === 0))
    return { state: status, phase, counts: '', left: waitsUntil === null ? 'begun' : remaining };
  return { state: status, phase, counts, left: remaining };
}

function problemInWords({
  step,
  attempts,
  failure,
  nextAttemptAt,
}: NonNullable<Recovery['retrying']>): string {
  const times = attempts === 1 ? 'once' : `${grouped(attempts)} times`;
  const next = nextAttemptAt === null ? 'now' : `at ${nextAttemptAt}`;
  return `${step} failed ${times}, next attempt ${next}: ${visible(failure)}`;
}
