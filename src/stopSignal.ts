// Turns SIGTERM and SIGINT into an abort signal. A process must install it before anything else. Without
// a handler, the signal would end the process at once, with work under way. As process 1 of a container,
// the process would not get the signal at all. A stop during the start-up would be lost, and only a kill
// would end the process.
import { once } from 'node:events';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof stopSignals)[number];

/**
 * Aborted by the first SIGTERM or SIGINT. Further signals change nothing, so that the work under way
 * still ends.
 */
export function stopOnSignal(onStop: (signal: StopSignal) => void): AbortSignal {
  const stopping = new AbortController();
  for (const signal of stopSignals) {
    process.on(signal, () => {
      if (stopping.signal.aborted) return;
      stopping.abort();
      onStop(signal);
    });
  }
  return stopping.signal;
}

export async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

/** The signal that asks a process to leave its load balancer before it is stopped. */
const drainSignal = 'SIGUSR2';

/**
 * Aborted by SIGUSR2, and by a stop. The process then answers 503 at /readyz and goes on with everything
 * else. A load balancer sends no more, so the stop that follows refuses nobody.
 */
export function drainOnSignal(stopping: AbortSignal, onDrain: () => void): AbortSignal {
  const draining = new AbortController();
  process.on(drainSignal, () => {
    if (draining.signal.aborted) return;
    draining.abort();
    onDrain();
  });
  return AbortSignal.any([stopping, draining.signal]);
}
