// Bounds how much runs at once, of all or of each host. The others wait in their order, so nobody is passed
// over. Pure.
import { requestsPerHostMax } from './endpoint.ts';

/** Runs the work when it is its turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `max` run at once. */
export function createTurns(max: number): InTurn {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** Runs the work when it is the turn of its host. */
export type InTurnOfHost = <T>(url: string, work: () => Promise<T>) => Promise<T>;

/** At most `max` run at once for each host and port. A host is known only while something runs or waits. */
export function createHostTurns(max: number): InTurnOfHost {
  const hosts = new Map<string, { readonly inTurn: InTurn; users: number }>();
  return async (url, work) => {
    const { host } = new URL(url);
    const turns = hosts.get(host) ?? { inTurn: createTurns(max), users: 0 };
    hosts.set(host, turns);
    turns.users += 1;
    try {
      return await turns.inTurn(work);
    } finally {
      turns.users -= 1;
      if (turns.users === 0) hosts.delete(host);
    }
  };
}

/**
 * The turns of everything that a process sends. In the agent a request would wait for a connection, and the
 * wait would count as time of the receiver. One that waits for its host takes no turn from other hosts.
 */
export function createSendTurns(requestsMax: number): InTurnOfHost {
  const inTurnOfHost = createHostTurns(requestsPerHostMax);
  const inTurn = createTurns(requestsMax);
  return (url, work) => inTurnOfHost(url, () => inTurn(work));
}
