// Follows a recovery to its end, with a live bar on a terminal and a line for each phase elsewhere. Ctrl-C
// ends only the command, and the recovery goes on.
import { setTimeout as pause } from 'node:timers/promises';
import { Presets, SingleBar } from 'cli-progress';
import { type components, valueOf } from '../src/client/index.ts';
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
      if (found.progress !== null) show.update(found.progress);
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
  readonly update: (progress: Progress) => void;
  readonly end: () => void;
}

function liveBar(): Shown {
  const format = '{state} {phase} |{bar}| {done} {unit}, {rate}/s, {left}';
  const bar = new SingleBar(
    { format, barsize: barWidth, hideCursor: true, clearOnComplete: false },
    Presets.shades_classic,
  );
  let phase: string | undefined;
  return {
    update: (progress) => {
      const { done, total } = progress;
      const size = total ?? Math.max(done, 1);
      const words = inWords(progress);
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
  bar.update(bar.getTotal(), { state: 'done', done: grouped(bar.getTotal()), left: 'done' });
  bar.stop();
}

function phaseLines({ output }: Context): Shown {
  let shown: string | undefined;
  return {
    update: (progress) => {
      const { state, phase, done, unit, rate, left } = inWords(progress);
      const now = `${state} ${phase}`;
      if (now === shown) return;
      shown = now;
      output.note(`${now}: ${done} ${unit}, ${rate}/s, ${left}`);
    },
    end: () => undefined,
  };
}

function inWords({ status, phase, unit, done, total, ratePerS, secondsLeft }: Progress) {
  return {
    state: status,
    phase,
    unit,
    done: total === null ? grouped(done) : `${grouped(done)} of about ${grouped(total)}`,
    rate: grouped(ratePerS),
    left: secondsLeft === null ? 'time left unknown' : `${duration(secondsLeft * 1_000)} left`,
  };
}
