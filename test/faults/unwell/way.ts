// A way to be unwell, as data: the real fault, the condition that must tell it, and how it is repaired.
import { setTimeout as pause } from 'node:timers/promises';
import type { Condition, Installation } from './installation.ts';

export interface Way<Surroundings> {
  /** The fault, in words. */
  readonly name: string;
  /** The conditions that may tell it, each of which is enough. */
  readonly conditions: readonly string[];
  /** Runs in `npm test`, too, because only the real part can show the truth. */
  readonly runsInTests?: true;
  readonly strike: (surroundings: Surroundings) => Promise<unknown>;
  /**
   * Repairs it by hand, where the advice is a sentence and not a line to type. It gets what was found, and
   * takes what it needs from its words.
   */
  readonly repair?: (surroundings: Surroundings, found: Condition) => Promise<unknown>;
  /** How long the end may take if not `overWithinMs`. */
  readonly overWithinMs?: number;
  /** Takes away what the fault leaves behind, after the condition is gone. */
  readonly clear?: (surroundings: Surroundings) => Promise<unknown>;
}

export interface Told {
  readonly name: string;
  readonly condition: string;
  readonly severity: string;
  readonly doctorCode: number | null;
  /** What was typed, or null if somebody repaired it by hand. */
  readonly typed: string | null;
  /** Seconds after the fault. Null if it was never told. */
  readonly toldAfterS: Readonly<Record<'health' | 'doctor' | 'apiReadyz' | 'workerReadyz', number | null>>;
  /** Seconds from the advice to the end of the condition. */
  readonly overAfterS: number;
}

const lookEveryMs = 100;
const toldWithinMs = 60_000;
export const overWithinMs = 60_000;

/** Strikes, waits until the condition is told, does what it advises, and waits until it is gone. */
export async function runWay<S extends { readonly installation: Installation }>(
  surroundings: S,
  way: Way<S>,
): Promise<Told> {
  const { installation } = surroundings;
  const watch = watchProbes(installation);
  const beganAt = performance.now();
  await way.strike(surroundings);
  const struckAt = performance.now();
  const since = (atMs: number) => Math.max(0, atMs - struckAt) / 1_000;
  const toldBy = async <T>(ask: () => Promise<T>, namesIt: (answer: T) => Condition | undefined) => {
    const failure = `${way.name}: ${way.conditions.join(' or ')} is not told`;
    return until(toldWithinMs, failure, async () => {
      const answer = await ask();
      const found = namesIt(answer);
      return found && { found, answer, afterS: since(performance.now()) };
    });
  };
  try {
    const inHealth = await toldBy(installation.conditions, (conditions) =>
      conditions.find(({ name }) => way.conditions.includes(name)),
    );
    const { found } = inHealth;
    const inDoctor = await toldBy(installation.doctor, ({ conditions }) =>
      conditions.find(({ name, subject }) => name === found.name && subject === found.subject),
    );
    const named = inDoctor.found;
    const probes = watch.since(beganAt, struckAt);
    const adviseAt = performance.now();
    if (way.repair !== undefined) await way.repair(surroundings, named);
    else await typeAdvice(installation, way.name, named);
    await until(
      way.overWithinMs ?? overWithinMs,
      `${way.name}: ${found.name} stays after "${named.command ?? named.advice}"`,
      async () =>
        (await installation.conditions()).every(
          ({ name, subject }) => name !== found.name || subject !== found.subject,
        ),
    );
    const overAfterS = (performance.now() - adviseAt) / 1_000;
    await way.clear?.(surroundings);
    return {
      ...{
        name: way.name,
        condition: found.name,
        severity: found.severity,
        doctorCode: inDoctor.answer.code,
      },
      typed: way.repair === undefined ? named.command : null,
      toldAfterS: { health: inHealth.afterS, doctor: inDoctor.afterS, ...probes },
      overAfterS,
    };
  } finally {
    await watch.stop();
  }
}

async function typeAdvice(
  installation: Installation,
  way: string,
  { command, advice }: Condition,
): Promise<void> {
  if (command === null) throw new Error(`${way}: no line to type, only "${advice}"`);
  const { code, out, err } = await installation.type(command);
  if (code !== 0) throw new Error(`${way}: "${command}" ended with ${code}: ${out}${err}`);
}

/** Looks at both /readyz all the time, and remembers when each last began to be anything but ok. */
function watchProbes(installation: Installation) {
  const changes: Record<'apiReadyz' | 'workerReadyz', { atMs: number; state: string }[]> = {
    apiReadyz: [],
    workerReadyz: [],
  };
  let isOver = false;
  const look = async (probe: 'apiReadyz' | 'workerReadyz', url: () => string) => {
    while (!isOver) {
      const state = await stateOf(url());
      if (changes[probe].at(-1)?.state !== state) changes[probe].push({ atMs: performance.now(), state });
      await pause(lookEveryMs);
    }
  };
  const looking = Promise.all([
    look('apiReadyz', () => installation.api.url),
    look('workerReadyz', () => installation.worker().url),
  ]);
  return {
    since: (beganAt: number, struckAt: number) => {
      const first = (probe: 'apiReadyz' | 'workerReadyz') => {
        const seen = changes[probe].find(({ atMs, state }) => atMs >= beganAt && state !== 'ok');
        return seen === undefined ? null : Math.max(0, seen.atMs - struckAt) / 1_000;
      };
      return { apiReadyz: first('apiReadyz'), workerReadyz: first('workerReadyz') };
    },
    stop: async () => {
      isOver = true;
      await looking;
    },
  };
}

async function stateOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
    return ((await answer.json()) as { readonly status: string }).status;
  } catch {
    return 'away';
  }
}

async function until<T>(
  waitMaxMs: number,
  failure: string,
  check: () => Promise<T | undefined | false>,
): Promise<T> {
  const endsAt = performance.now() + waitMaxMs;
  for (;;) {
    let last: unknown;
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endsAt)
      throw new Error(`${failure} within ${waitMaxMs / 1_000} s`, { cause: last });
    await pause(lookEveryMs);
  }
}
