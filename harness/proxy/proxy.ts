// A TCP proxy in front of a part, which can do to its traffic what networks do. Without an injected fault it
// forwards bytes. A request is all that a client sends after it last heard from the server. The proxy counts
// a fault when it takes effect, never when it is asked for.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { copyOf, hasIdempotencyKey, requestIdOf } from './httpChunk.ts';
import {
  type Dose,
  injectionOf,
  type Injection,
  type NetworkFault,
  type NetworkFaultKind,
  noHits,
  type Random,
} from './networkFaults.ts';
import {
  carry,
  createGate,
  end,
  type Gate,
  type Passage,
  reach,
  reset,
  sendCopy,
  type Target,
  write,
} from './passage.ts';

export type { Dose, NetworkFault, Random, Target };

export interface Proxy {
  readonly port: number;
  /** Hits requests with the fault, or evenly with one of several. Replaces an earlier injection. */
  readonly inject: (fault: NetworkFault | readonly NetworkFault[], dose: Dose) => void;
  /** Everything passes again. Connections in a black hole end. */
  readonly heal: () => void;
  /** How often each fault took effect since the start. */
  readonly hits: () => Readonly<Record<NetworkFaultKind, number>>;
  /** Connections that are open through the proxy, to that port if one is given. */
  readonly connections: (port?: number) => number;
  /**
   * Ids of the HTTP requests to that port whose connection ended without a reply since the last call of this
   * function.
   */
  readonly takeUnanswered: (port: number) => readonly string[];
  /** Ids of the requests that `duplicate` has copied since the last call of this function. */
  readonly takeCopied: () => readonly string[];
  /** Resets every open connection and gives their number. */
  readonly resetAll: () => number;
  /** From now on nothing passes in either direction, not even a connection's end, until `release`. */
  readonly hold: () => void;
  readonly release: () => void;
  readonly close: () => Promise<void>;
}

interface State {
  readonly targets: readonly Target[];
  readonly random: Random;
  readonly gate: Gate;
  readonly passages: Set<Passage>;
  readonly hits: Record<NetworkFaultKind, number>;
  readonly unanswered: Map<number, string[]>;
  copied: string[];
  injection: Injection | undefined;
  isClosed: boolean;
}

const slowSliceMs = 20;
/** Ids kept for one port: more than the clients have connections. */
const unansweredMax = 1_000;

/** A proxy that forwards to the host and port of `url`. Port 0 takes a free one. */
export function forwardTo(url: string, port = 0): Promise<Proxy> {
  return startProxy([targetOf(url)], Math.random, port);
}

/** The same address with its credentials, through a proxy on `port` of this machine. */
export function throughPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.host = `127.0.0.1:${port}`;
  return changed.href;
}

export function targetOf(url: string): Target {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/**
 * Listens on the loopback. A connection goes to the target with the fewest connections that can be reached.
 */
export async function startProxy(targets: readonly Target[], random: Random, port = 0): Promise<Proxy> {
  const state: State = {
    ...{ targets, random, gate: createGate(), passages: new Set<Passage>(), hits: noHits() },
    ...{ unanswered: new Map<number, string[]>(), copied: [], injection: undefined, isClosed: false },
  };
  const server = createServer(
    { noDelay: true, allowHalfOpen: true },
    (client) => void openPassage(state, client),
  );
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    ...controlsOf(state),
    close: async () => {
      state.isClosed = true;
      server.close();
      for (const passage of state.passages) end(passage);
      await once(server, 'close');
    },
  };
}

function controlsOf(state: State): Omit<Proxy, 'port' | 'close'> {
  const { passages, gate } = state;
  return {
    ...{ hold: gate.hold, release: gate.release },
    inject: (fault, dose) => {
      state.injection = injectionOf([fault].flat(), dose, state.random);
    },
    heal: () => {
      state.injection = undefined;
      for (const passage of passages) if (passage.fate === 'blackHole') end(passage);
    },
    hits: () => ({ ...state.hits }),
    connections: (port) =>
      [...passages].filter(({ target }) => port === undefined || target.port === port).length,
    takeUnanswered: (port) => {
      const taken = state.unanswered.get(port) ?? [];
      state.unanswered.delete(port);
      return taken;
    },
    takeCopied: () => {
      const taken = state.copied;
      state.copied = [];
      return taken;
    },
    resetAll: () => {
      const open = [...passages].filter(({ client }) => !client.destroyed);
      for (const passage of open) reset(passage);
      return open.length;
    },
  };
}

async function openPassage(state: State, client: Socket): Promise<void> {
  const { passages, gate } = state;
  client.on('error', () => client.destroy());
  const load = (target: Target) => [...passages].filter((each) => each.target === target).length;
  const reached = await reach(state.targets.toSorted((one, other) => load(one) - load(other)));
  if (reached === undefined || client.destroyed || state.isClosed) {
    client.destroy();
    reached?.socket.destroy();
    return;
  }
  const { target, socket: server } = reached;
  const passage: Passage = { client, server, target, fresh: true, fate: 'passes' };
  passages.add(passage);
  for (const socket of [client, server]) {
    // A connection that breaks on one side has to break on the other.
    socket.on('error', () => {
      end(passage);
    });
    socket.on('close', () => {
      forget(state, passage);
      end(passage);
    });
  }
  carry(client, server, gate, (chunk) => request(state, passage, chunk));
  carry(server, client, gate, (chunk) => reply(state, passage, chunk));
}

/** Called when either side has closed. Only the first call finds the passage. */
function forget({ passages, unanswered }: State, passage: Passage): void {
  if (!passages.delete(passage) || passage.inHand === undefined) return;
  const { port } = passage.target;
  unanswered.set(port, [...(unanswered.get(port) ?? []), passage.inHand].slice(-unansweredMax));
}

/** Carries one chunk to the server, or does to it what the drawn fault says. */
async function request(state: State, passage: Passage, chunk: Buffer): Promise<void> {
  const fault = passage.fresh ? state.injection?.draw() : undefined;
  if (passage.fresh) passage.inHand = requestIdOf(chunk);
  passage.fresh = false;
  if (passage.fate === 'blackHole') return;
  if (fault === undefined) return write(passage.server, chunk);
  await hit(state, passage, chunk, fault);
}

async function hit(state: State, passage: Passage, chunk: Buffer, fault: NetworkFault): Promise<void> {
  const { hits, random } = state;
  const { server } = passage;
  switch (fault.kind) {
    case 'latency':
      hits.latency += 1;
      await pause(Math.max(0, fault.ms + (2 * random() - 1) * fault.jitterMs));
      return write(server, chunk);
    case 'slow':
      hits.slow += 1;
      return trickle(server, chunk, fault.bytesPerS);
    case 'cutBefore':
      hits.cutBefore += 1;
      end(passage);
      return;
    case 'cutAfter':
      await write(server, chunk);
      hits.cutAfter += 1;
      end(passage);
      return;
    case 'reset':
      hits.reset += 1;
      reset(passage);
      return;
    case 'dropReply':
      passage.fate = 'dropReply';
      return write(server, chunk);
    case 'cutReply':
      passage.fate = { replyBytes: fault.bytes };
      return write(server, chunk);
    case 'blackHole':
      hits.blackHole += 1;
      passage.fate = 'blackHole';
      return;
    case 'duplicate':
      if (hasIdempotencyKey(chunk)) duplicate(state, passage, chunk);
      else state.injection?.giveBack();
      return write(server, chunk);
    default:
      return fault satisfies never;
  }
}

async function trickle(server: Socket, chunk: Buffer, bytesPerS: number): Promise<void> {
  const slice = Math.max(1, Math.ceil((bytesPerS * slowSliceMs) / 1_000));
  for (let at = 0; at < chunk.length && !server.destroyed; at += slice) {
    await write(server, chunk.subarray(at, at + slice));
    await pause(slowSliceMs);
  }
}

function duplicate(state: State, { target }: Passage, chunk: Buffer): void {
  const { targets } = state;
  state.hits.duplicate += 1;
  state.copied.push(requestIdOf(chunk) ?? '');
  sendCopy(targets[(targets.indexOf(target) + 1) % targets.length] as Target, copyOf(chunk));
}

async function reply({ hits }: State, passage: Passage, chunk: Buffer): Promise<void> {
  passage.fresh = true;
  const { fate, client } = passage;
  if (fate === 'blackHole') return;
  if (fate === 'passes') {
    passage.inHand = undefined;
    return write(client, chunk);
  }
  if (fate === 'dropReply') hits.dropReply += 1;
  else {
    hits.cutReply += 1;
    await write(client, chunk.subarray(0, fate.replyBytes));
  }
  end(passage);
}
