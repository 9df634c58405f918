// Bounds how much runs at once: of all, of each tenant, and of each host. The others wait.
import { requestsPerHostMax, silentAfterMs } from './endpoint.ts';
import { createSilentRequests, type SilentRequests } from './silentRequests.ts';

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

/**
 * Runs the work when it is the turn of its tenant and of its host. Too many works that are silent cost the
 * oldest of them its time: its signal then asks it to end.
 */
export type InSendTurn = <T>(sender: Sender, work: (cutOff: AbortSignal) => Promise<T>) => Promise<T>;

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
  /** Requests that hold a turn. A silent one has handed it back. */
  running: number;
  readonly ofTenant: Map<string, number>;
  /** Silent requests count here, because each has a connection to its host. */
  readonly ofHost: Map<string, number>;
  readonly silent: SilentRequests;
  /** Only those in which something waits. The one that was served longest ago comes first. */
  readonly queues: Map<string, Queue>;
}

/** Silent requests that a process may have, for each turn of it. */
const silentPerTurnMax = 3;

/**
 * The turns of everything that a process sends. In the agent a request would wait for a connection, and the
 * wait would count as time of the receiver. A request that waits takes no turn from others. A silent one
 * hands its turn back, so receivers that do not answer hold no turn for longer than `silentAfterMs`.
 */
export function createSendTurns(requestsMax: number): InSendTurn {
  const shareOf = (max: number) => Math.max(1, Math.floor(max * tenantShareMax));
  const silentMax = requestsMax * silentPerTurnMax;
  const turns: Turns = {
    ...{ requestsMax, perTenantMax: shareOf(requestsMax), running: 0 },
    ...{ ofTenant: new Map(), ofHost: new Map(), queues: new Map() },
    silent: createSilentRequests(silentMax, shareOf(silentMax)),
  };
  return async ({ tenant, url }, work) => {
    const { host } = new URL(url);
    const place = { tenant, host };
    if (isFree(turns, place)) begin(turns, place);
    else await new Promise<void>((resolve) => queueOf(turns, place).waiting.push(resolve));
    const cutOff = new AbortController();
    let giveBack = () => {
      countTurn(turns, place, -1);
    };
    const timer = setTimeout(() => {
      giveBack();
      giveBack = turns.silent.add({
        ...{ tenant, key: keyOf(place) },
        cutOff: () => {
          cutOff.abort();
        },
      });
      serveNext(turns);
    }, silentAfterMs);
    try {
      return await work(cutOff.signal);
    } finally {
      clearTimeout(timer);
      giveBack();
      add(turns.ofHost, host, -1);
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

function begin(turns: Turns, place: Place): void {
  countTurn(turns, place, 1);
  add(turns.ofHost, place.host, 1);
}

function countTurn(turns: Turns, { tenant }: Place, change: 1 | -1): void {
  turns.running += change;
  add(turns.ofTenant, tenant, change);
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
    begin(turns, next);
    turns.queues.delete(keyOf(next));
    const serve = next.waiting.shift();
    if (next.waiting.length > 0) turns.queues.set(keyOf(next), next);
    serve?.();
  }
}

/**
 * The queue of the tenant that has the fewest turns, and of its host with the fewest requests. Those whose
 * receiver is silent come last. So no receiver takes the turns that others have just handed back.
 */
function nextQueue(turns: Turns): Queue | undefined {
  let next: Queue | undefined;
  let least = Infinity;
  for (const [key, queue] of turns.queues) {
    const silentLast = turns.silent.has(key) ? turns.requestsMax : 0;
    const tenantRank = silentLast + (turns.ofTenant.get(queue.tenant) ?? 0);
    const rank = tenantRank * (requestsPerHostMax + 1) + (turns.ofHost.get(queue.host) ?? 0);
    if (rank >= least || !isFree(turns, queue)) continue;
    next = queue;
    least = rank;
  }
  return next;
}
