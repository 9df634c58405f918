// How a process of the system hears that it is to stop. From its first "ready" on it must: without a handler the signal
// would end it at once, with work in hand.
import { once } from 'node:events';

const stopSignals = ['SIGTERM', 'SIGINT'] as const;
export type StopSignal = (typeof stopSignals)[number];

/** Aborted by the first SIGTERM or SIGINT; further ones change nothing, least of all the end of work in hand. */
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
