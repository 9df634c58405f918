// Bounds the points of the plots: the process keeps them for all consoles, and each page keeps them for
// itself. It must import nothing that a browser lacks.
import type { Sample } from './consoleSnapshot.ts';

/** Samples are kept for this time. */
const keptMs = 3_600_000;
/** Every sample is kept for this time. Of older ones, one in each `sparseMs` is kept. */
const denseMs = 600_000;
export const sparseMs = 10_000;

/** The samples with one more: dense for the last minutes, sparse for the last hour, and no older ones. */
export function samplesAfter(samples: readonly Sample[], next: Sample): readonly Sample[] {
  let keptAtMs = -Infinity;
  const kept = samples.filter(({ atMs }) => {
    const age = next.atMs - atMs;
    if (age > keptMs || (age > denseMs && atMs - keptAtMs < sparseMs)) return false;
    keptAtMs = atMs;
    return true;
  });
  return [...kept, next];
}
