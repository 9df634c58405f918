// Bounds how much runs at once: of all, of each tenant, and of each host. The others wait. Pure.
import { requestsPerHostMax } from './endpoint.ts';

/** Runs the work when it is its turn. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** At most `max` run at once. The others wait in their order. */
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

/** A tenant, and the URL to which it sends. */
interface Sender {
  readonly tenant: string;
  readonly url: string;
}

/** Runs the work when it is the turn of its tenant and of its host. */
export type InSendTurn = <T>(sender: Sender, work: () => Promise<T>) => Promise<T>;

/** The part of all requests that one tenant may have under way. Slow receivers of one leave the rest. */
const tenantShareMax = 0.75;

/** Requests of one tenant to one host that wait, in their order. */
interface Queue {
  readonly tenant: string;
  readonly host: string;
  readonly waiting: (() => void)[];
}

interface Turns {
  readonly requestsMax: number;
  readonly perTenantMax: number;
  running: number;
  readonly ofTenant: Map<string, number>;
  readonly ofHost: Map<string, number>;
  /** Only those in which something waits. The one that was served longest ago comes first. */
  readonly queues: Map<string, Queue>;
}

/**
 * The turns of everything that a process sends. In the agent a request would wait for a connection, and the
 * wait would count as time of the receiver. A request that waits takes no turn from others. A free turn goes
 * to the tenant that has the fewest requests under way.
 */
export function createSendTurns(requestsMax: number): InSendTurn {
  const turns: Turns = {
    ...{ requestsMax, perTenantMax: Math.max(1, Math.floor(requestsMax * tenantShareMax)), running: 0 },
    ...{ ofTenant: new Map(), ofHost: new Map(), queues: new Map() },
  };
  return async ({ tenant, url }, work) => {
    const { host } = new URL(url);
    if (isFree(turns, { tenant, host })) count(turns, { tenant, host }, 1);
    else await new Promise<void>((resolve) => queueOf(turns, { tenant, host }).waiting.push(resolve));
    try {
      return await work();
    } finally {
      count(turns, { tenant, host }, -1);
      serveNext(turns);
    }
  };
}

type Place = Pick<Queue, 'tenant' | 'host'>;

function isFree({ running, requestsMax, perTenantMax, ofTenant, ofHost }: Turns, place: Place): boolean {
  return (
    running < requestsMax &&
    (ofTenant.get(place.tenant) ?? 0) < perTenantMax &&
    (ofHost.get(place.host) ?? 0) < requestsPerHostMax
  );
}

function count(turns: Turns, { tenant, host }: Place, change: 1 | -1): void {
  turns.running += change;
  add(turns.ofTenant, tenant, change);
  add(turns.ofHost, host, change);
}

/** A tenant or a host is known only while something of it runs. */
function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}

const keyOf = ({ tenant, host }: Place) => JSON.stringify([tenant, host]);

function queueOf({ queues }: Turns, { tenant, host }: Place): Queue {
  const key = keyOf({ tenant, host });
  const queue = queues.get(key) ?? { tenant, host, waiting: [] };
  queues.set(key, queue);
  return queue;
}

/** One end may make room for two: for one of its tenant, and for one of its host. */
function serveNext(turns: Turns): void {
  for (let next = nextQueue(turns); next !== undefined; next = nextQueue(turns)) {
    count(turns, next, 1);
    turns.queues.delete(keyOf(next));
    const serve = next.waiting.shift();
    if (next.waiting.length > 0) turns.queues.set(keyOf(next), next);
    serve?.();
  }
}

function nextQueue(turns: Turns): Queue | undefined {
  let next: Queue | undefined;
  let fewest = Infinity;
  for (const queue of turns.queues.values()) {
    const running = turns.ofTenant.get(queue.tenant) ?? 0;
    if (running >= fewest || !isFree(turns, queue)) continue;
    next = queue;
    fewest = running;
  }
  return next;
}
