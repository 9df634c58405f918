// A TCP proxy that stands in front of a part and does to its traffic what networks do. A request is what a client sends
// after it last heard from the server; of protocols it knows only how an HTTP request with an id begins. It counts what
// really struck, never what was merely wished for.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { copyOf, hasIdempotencyKey, requestIdOf } from './httpChunk.ts';

/** Between 0 and 1, from a seed. */
export type Random = () => number;

export type Toxic =
  /** The request waits this long, plus or minus the jitter. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  /** The connection ends before the request reaches the server. */
  | { readonly kind: 'cutBefore' }
  /** The request reaches the server, and the connection ends without waiting for the reply. */
  | { readonly kind: 'cutAfter' }
  /** The reply is waited for, swallowed, and then the connection ends. */
  | { readonly kind: 'dropReply' }
  /** The request trickles. */
  | { readonly kind: 'slow'; readonly bytesPerS: number }
  /** Both sides get a reset instead of an end. */
  | { readonly kind: 'reset' }
  /** The connection stays open, and nothing passes in either direction until `cure`, which ends it. */
  | { readonly kind: 'blackHole' }
  /** An HTTP request with an Idempotency-Key goes to a second server as well, at the same time, under an id of its own. */
  | { readonly kind: 'duplicate' };
export type ToxicKind = Toxic['kind'];

export interface Dose {
  /** Share of the requests that are struck, 0 to 1. */
  readonly share: number;
  /** After this many strikes everything passes again. */
  readonly strikesMax: number;
}

export interface FaultProxy {
  readonly port: number;
  readonly poison: (toxic: Toxic, dose: Dose) => void;
  /** Everything passes again; connections in a black hole end. */
  readonly cure: () => void;
  /** How often each toxic really struck since the start. */
  readonly struck: () => Readonly<Record<ToxicKind, number>>;
  /** Connections that are open through the proxy, or through it to that port. */
  readonly connections: (port?: number) => number;
  /** Ids of the HTTP requests to that port whose connection ended without a reply, since this was last asked. */
  readonly takeUnanswered: (port: number) => readonly string[];
  /** Ids of the requests that `duplicate` sent a copy of, since this was last asked. */
  readonly takeCopied: () => readonly string[];
  /** Resets every open connection and gives how many there were. */
  readonly resetAll: () => number;
  readonly close: () => Promise<void>;
}

export interface Target {
  readonly host: string;
  readonly port: number;
}

interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  readonly target: Target;
  /** The server spoke last, so what the client sends now begins a request. */
  fresh: boolean;
  fate: 'passes' | 'dropReply' | 'blackHole';
  /** The id of the HTTP request that waits for its reply. */
  inHand?: string | undefined;
}

const slowSliceMs = 20;
/** Of one port; more than the clients have connections. */
const unansweredMax = 1_000;

/** Listens on a free port of the loopback. A connection goes to the target that has the fewest and can be reached. */
export async function startFaultProxy(targets: readonly Target[], random: Random): Promise<FaultProxy> {
  const passages = new Set<Passage>();
  const struck: Record<ToxicKind, number> = {
    ...{ latency: 0, cutBefore: 0, cutAfter: 0, dropReply: 0 },
    ...{ slow: 0, reset: 0, blackHole: 0, duplicate: 0 },
  };
  const unanswered = new Map<number, string[]>();
  let copied: string[] = [];
  let poison: { readonly toxic: Toxic; readonly share: number; left: number } | undefined;

  /** The toxic for this request, if it is to be struck. */
  function draw(): Toxic | undefined {
    if (poison === undefined || poison.left <= 0 || random() >= poison.share) return undefined;
    poison.left -= 1;
    return poison.toxic;
  }

  function end({ client, server }: Passage): void {
    client.destroy();
    server.destroy();
  }

  /** Called when either side has closed; the first call finds it. */
  function forget(passage: Passage): void {
    if (!passages.delete(passage) || passage.inHand === undefined) return;
    const { port } = passage.target;
    unanswered.set(port, [...(unanswered.get(port) ?? []), passage.inHand].slice(-unansweredMax));
  }

  /** Carries one chunk to the server, or does what the toxic says instead. */
  async function request(passage: Passage, chunk: Buffer): Promise<void> {
    const { client, server, target } = passage;
    const toxic = passage.fresh ? draw() : undefined;
    if (passage.fresh) passage.inHand = requestIdOf(chunk);
    passage.fresh = false;
    if (passage.fate === 'blackHole') return;
    switch (toxic?.kind) {
      case undefined:
        return write(server, chunk);
      case 'latency':
        struck.latency += 1;
        await pause(Math.max(0, toxic.ms + (2 * random() - 1) * toxic.jitterMs));
        return write(server, chunk);
      case 'slow': {
        struck.slow += 1;
        const slice = Math.max(1, Math.ceil((toxic.bytesPerS * slowSliceMs) / 1_000));
        for (let at = 0; at < chunk.length && !server.destroyed; at += slice) {
          await write(server, chunk.subarray(at, at + slice));
          await pause(slowSliceMs);
        }
        return;
      }
      case 'cutBefore':
        struck.cutBefore += 1;
        end(passage);
        return;
      case 'cutAfter':
        await write(server, chunk);
        struck.cutAfter += 1;
        end(passage);
        return;
      case 'reset':
        struck.reset += 1;
        client.resetAndDestroy();
        server.resetAndDestroy();
        return;
      case 'dropReply':
        passage.fate = 'dropReply';
        return write(server, chunk);
      case 'blackHole':
        struck.blackHole += 1;
        passage.fate = 'blackHole';
        return;
      case 'duplicate':
        if (hasIdempotencyKey(chunk)) {
          struck.duplicate += 1;
          copied.push(requestIdOf(chunk) ?? '');
          sendCopy(targets[(targets.indexOf(target) + 1) % targets.length] as Target, copyOf(chunk));
        } else if (poison !== undefined) poison.left += 1;
        return write(server, chunk);
      default:
        return toxic satisfies never;
    }
  }

  async function reply(passage: Passage, chunk: Buffer): Promise<void> {
    passage.fresh = true;
    if (passage.fate === 'blackHole') return;
    if (passage.fate === 'passes') {
      passage.inHand = undefined;
      return write(passage.client, chunk);
    }
    struck.dropReply += 1;
    end(passage);
  }

  async function open(client: Socket): Promise<void> {
    client.on('error', () => client.destroy());
    const load = (target: Target) => [...passages].filter((each) => each.target === target).length;
    const reached = await reach(targets.toSorted((one, other) => load(one) - load(other)));
    if (reached === undefined || client.destroyed) {
      client.destroy();
      reached?.socket.destroy();
      return;
    }
    const { target, socket: upstream } = reached;
    const passage: Passage = { client, server: upstream, target, fresh: true, fate: 'passes' };
    passages.add(passage);
    for (const socket of [client, upstream]) {
      // What broke on one side has to break on the other; the tests look at the parts, not at the proxy's errors.
      socket.on('error', () => {
        end(passage);
      });
      socket.on('close', () => {
        forget(passage);
        end(passage);
      });
    }
    carry(client, upstream, (chunk) => request(passage, chunk));
    carry(upstream, client, (chunk) => reply(passage, chunk));
  }

  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => void open(client));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');

  return {
    port: address.port,
    poison: (toxic, { share, strikesMax }) => {
      poison = { toxic, share, left: strikesMax };
    },
    cure: () => {
      poison = undefined;
      for (const passage of passages) if (passage.fate === 'blackHole') end(passage);
    },
    struck: () => ({ ...struck }),
    connections: (port) =>
      [...passages].filter(({ target }) => port === undefined || target.port === port).length,
    takeUnanswered: (port) => {
      const taken = unanswered.get(port) ?? [];
      unanswered.delete(port);
      return taken;
    },
    takeCopied: () => {
      const taken = copied;
      copied = [];
      return taken;
    },
    resetAll: () => {
      const open = [...passages].filter(({ client }) => !client.destroyed);
      for (const { client, server: upstream } of open) {
        client.resetAndDestroy();
        upstream.resetAndDestroy();
      }
      return open.length;
    },
    close: async () => {
      server.close();
      for (const passage of passages) end(passage);
      await once(server, 'close');
    },
  };
}

/** A connection to the first target that takes one. */
async function reach(
  targets: readonly Target[],
): Promise<{ readonly target: Target; readonly socket: Socket } | undefined> {
  for (const target of targets) {
    const socket = connect({ ...target, noDelay: true, allowHalfOpen: true });
    const isReached = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (isReached) return { target, socket };
  }
  return undefined;
}

/** Hands every chunk to `treat`, one after the other, and passes the end on. */
function carry(from: Socket, to: Socket, treat: (chunk: Buffer) => Promise<void>): void {
  const pass = async () => {
    for await (const chunk of from) await treat(chunk as Buffer);
    to.end();
  };
  // Reading a socket that was destroyed rejects; its 'error' and 'close' have been dealt with.
  pass().catch(() => {
    to.destroy();
  });
}

/** Resolves when the bytes are with the kernel, or at once where nobody can take them any more. */
async function write(socket: Socket, chunk: Buffer): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  await new Promise<void>((resolve) => {
    socket.write(chunk, () => {
      resolve();
    });
  });
}

/** Sends the bytes over a connection of their own; nobody waits for the answer. */
function sendCopy({ host, port }: Target, chunk: Buffer): void {
  const copy = connect({ host, port, noDelay: true });
  copy.on('error', () => copy.destroy());
  copy.on('data', () => copy.end());
  copy.write(chunk);
}
