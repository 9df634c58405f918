// Whether a process should get work, part by part: a part that is needed decides, any other is only reported, because
// without it the process is slower, not wrong. Probes come from many sides at once, so they share one look.

export interface Readiness {
  readonly ready: boolean;
  /** `degraded`: ready, but a part that is not needed is away. */
  readonly status: 'ok' | 'degraded' | 'unavailable';
  /** What is wrong with each part, or `ok`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The parts without which the process is not ready; the others only degrade it. */
  readonly needed: readonly string[];
}

export interface PartProbe {
  readonly needed: boolean;
  /** Rejects where the part does not answer. */
  readonly ask: () => Promise<unknown>;
}

/** Longest wait for a part: probes give up after a second themselves. */
const answerWithinMs = 1_000;

/** `processState` is `ok`, or why the process itself takes no work; the parts then don't matter and aren't asked. */
export function createReadiness(
  processState: () => string,
  probes: Readonly<Record<string, PartProbe>>,
): () => Promise<Readiness> {
  const neededParts = Object.keys(probes).filter((name) => probes[name]?.needed);
  const needed = ['process', ...neededParts];
  let underWay: Promise<Readiness> | undefined;
  const look = async (): Promise<Readiness> => {
    const asked = Object.entries(probes).map(async ([name, { ask }]) => [name, await stateOf(ask)] as const);
    const states = Object.fromEntries(await Promise.all(asked));
    // Asked last: a process that was told to stop meanwhile says so.
    return summary({ process: processState(), ...states }, needed);
  };
  return async () => {
    const state = processState();
    // Said at once: a probe that hangs would hold the answer back.
    if (state !== 'ok') return summary({ process: state }, needed);
    underWay ??= look().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

function summary(parts: Readonly<Record<string, string>>, needed: readonly string[]): Readiness {
  const away = Object.keys(parts).filter((name) => parts[name] !== 'ok');
  const ready = !away.some((name) => needed.includes(name));
  const readyStatus = away.length === 0 ? 'ok' : 'degraded';
  return { ready, status: ready ? readyStatus : 'unavailable', parts, needed };
}

async function stateOf(ask: () => Promise<unknown>): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`does not answer within ${answerWithinMs} ms`));
  }, answerWithinMs);
  try {
    await Promise.race([ask(), late]);
    return 'ok';
  } catch (error) {
    return error instanceof Error && error.message !== '' ? error.message : 'does not answer';
  } finally {
    clearTimeout(timer);
  }
}
