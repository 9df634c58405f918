// Faults, one behind the other in several lanes, never two at the same part: who strikes, what really struck, and how
// long the projections took to catch up behind a strike at a worker.
import { setTimeout as pause } from 'node:timers/promises';
import { type Random, shuffled } from './history/random.ts';
import type { Stand } from './stand.ts';
import type { FaultKind } from './strikes/faultKind.ts';

export interface Strike {
  readonly kind: string;
  readonly part: FaultKind['part'];
  readonly struck: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Where the strike could not be made, because another one had taken away what it needed. */
  readonly failure?: string;
  /** Behind a strike at a worker: until everything that stood in the log then was projected. */
  readonly recoveredMs?: number;
}

const lanesMax = 3;
const betweenMs = 50;
const recoverWithinMs = 60_000;
const lookEveryMs = 25;

/** Strikes until the signal, the least struck kinds first; everything runs again when it resolves. */
export async function strikeUntil(
  stand: Stand,
  kinds: readonly FaultKind[],
  random: Random,
  over: AbortSignal,
  strikes: Strike[],
): Promise<void> {
  const busy = new Set<string>();
  const recoveries: Promise<void>[] = [];
  const counts = () => {
    const byKind = new Map<string, number>();
    for (const { kind, struck } of strikes) byKind.set(kind, (byKind.get(kind) ?? 0) + struck);
    return byKind;
  };
  const lane = async () => {
    while (!over.aborted) {
      const struckBy = counts();
      const free = shuffled(
        random,
        kinds.filter(({ part }) => !busy.has(part)),
      );
      const least = Math.min(...free.map(({ kind }) => struckBy.get(kind) ?? 0));
      const next = free.find(({ kind }) => (struckBy.get(kind) ?? 0) <= least + 1) ?? free[0];
      if (next !== undefined) {
        busy.add(next.part);
        const startedAt = performance.now();
        const { struck, ...failed } = await next
          .strike(stand, random, over)
          .catch((error: unknown) => ({ struck: 0, failure: String(error) }))
          .finally(() => busy.delete(next.part));
        const failure = 'failure' in failed ? { failure: failed.failure } : {};
        const made = {
          kind: next.kind,
          part: next.part,
          struck,
          startedAt,
          endedAt: performance.now(),
          ...failure,
        };
        if (next.part === 'worker' && struck > 0)
          recoveries.push(
            recovered(stand).then((recoveredMs) => {
              strikes.push({ ...made, ...(recoveredMs === undefined ? {} : { recoveredMs }) });
            }),
          );
        else strikes.push(made);
      }
      await pause(betweenMs);
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(lanesMax, new Set(kinds.map(({ part }) => part)).size) }, lane),
  );
  await stand.calm();
  await Promise.all(recoveries);
}

/** Undefined where other faults kept it from being seen. */
async function recovered(stand: Stand): Promise<number | undefined> {
  const startedAt = performance.now();
  let head: string | undefined;
  while (performance.now() - startedAt < recoverWithinMs) {
    try {
      head ??= (await stand.database.query<{ position: string }>('select position from log_head')).rows[0]
        ?.position;
      const { rowCount } = await stand.database.query(
        'select from projector_checkpoints where position < $1::bigint',
        [head],
      );
      if (rowCount === 0) return performance.now() - startedAt;
    } catch {
      // PostgreSQL may be what is being struck now; the look is repeated.
    }
    await pause(lookEveryMs);
  }
  return undefined;
}
