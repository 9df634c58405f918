// Tells whether a process should get work, and the state of each part that it uses. A needed part decides the
// answer. Any other part is only reported, because without it the process is slower, not wrong. Probes come
// from many callers at once, so callers that ask at the same time share one round of probes.
import { withinDeadline } from '../deadline.ts';
import { createSharedAnswer } from './sharedAnswer.ts';

export interface Readiness {
  readonly ready: boolean;
  /** `degraded`: ready, but a part that is not needed does not answer. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** The problem of each part, or `ok`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The parts without which the process is not ready; the others only degrade it. */
  readonly needed: readonly string[];
}

export interface PartProbe {
  readonly needed: boolean;
  /** Rejects if the part does not answer. */
  readonly ask: () => Promise<unknown>;
}

/** Longest wait for a part: callers of /readyz themselves give up after a second. */
const answerWithinMs = 1_000;

/**
 * `processState` is `ok`, or the reason why the process takes no work. In that case the parts are not asked.
 */
export function createReadiness(
  processState: () => string,
  probes: Readonly<Record<string, PartProbe>>,
): () => Promise<Readiness> {
  const neededParts = Object.keys(probes).filter((name) => probes[name]?.needed);
  const needed = ['process', ...neededParts];
  const probe = async (): Promise<Readiness> => {
    const asked = Object.entries(probes).map(async ([name, { ask }]) => [name, await stateOf(ask)] as const);
    const states = Object.fromEntries(await Promise.all(asked));
    // The process itself is asked last, because it may have been told to stop meanwhile.
    return summary({ process: processState(), ...states }, needed);
  };
  const sharedProbe = createSharedAnswer(probe, 0);
  return async () => {
    const state = processState();
    // Answered without the parts: a probe that hangs would delay the answer.
    if (state !== 'ok') return summary({ process: state }, needed);
    return sharedProbe();
  };
}

function summary(parts: Readonly<Record<string, string>>, needed: readonly string[]): Readiness {
  const away = Object.keys(parts).filter((name) => parts[name] !== 'ok');
  const ready = !away.some((name) => needed.includes(name));
  const readyStatus = away.length === 0 ? 'ok' : 'degraded';
  return { ready, status: ready ? readyStatus : 'unavailable', parts, needed };
}

async function stateOf(ask: () => Promise<unknown>): Promise<string> {
  try {
    await withinDeadline(answerWithinMs, ask(), `does not answer within ${answerWithinMs} ms`);
    return 'ok';
  } catch (error) {
    return error instanceof Error && error.message !== '' ? error.message : 'does not answer';
  }
}
