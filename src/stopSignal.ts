// How a process of the system hears that it is to stop. It must from the first line of its main on: without a handler the
// signal would end it at once, with work in hand, and where it is process 1 of a container the kernel would drop the
// signal, so that a process told to stop while it starts would run until it is killed.
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
