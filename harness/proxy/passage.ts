// One connection through the proxy: its two sockets, and how bytes go from one to the other.
import { connect, type Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Passage {
  readonly client: Socket;
  readonly server: Socket;
  readonly target: Target;
  /** The server spoke last, so the client's next bytes begin a request. */
  fresh: boolean;
  fate: 'passes' | 'dropReply' | { readonly replyBytes: number } | 'blackHole';
  /** The id of the HTTP request that waits for its reply. */
  inHand?: string | undefined;
}

/** Lets bytes pass, or holds them back. */
export interface Gate {
  readonly passed: () => Promise<void>;
  readonly hold: () => void;
  readonly release: () => void;
}

export function createGate(): Gate {
  let held: PromiseWithResolvers<undefined> | undefined;
  return {
    passed: async () => {
      await held?.promise;
    },
    hold: () => {
      held ??= Promise.withResolvers();
    },
    release: () => {
      held?.resolve(undefined);
      held = undefined;
    },
  };
}

/** Opens a connection to the first target that accepts one. */
export async function reach(
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
export function carry(from: Socket, to: Socket, gate: Gate, treat: (chunk: Buffer) => Promise<void>): void {
  const pass = async () => {
    for await (const chunk of from) {
      await gate.passed();
      await treat(chunk as Buffer);
    }
    await gate.passed();
    to.end();
  };
  // Reading a destroyed socket rejects. Its 'error' and 'close' events have been handled by then.
  pass().catch(() => {
    to.destroy();
  });
}

/** Resolves when the kernel has the bytes, or at once if nobody can take them any more. */
export async function write(socket: Socket, chunk: Buffer): Promise<void> {
  if (socket.destroyed || socket.writableEnded) return;
  await new Promise<void>((resolve) => {
    socket.write(chunk, () => {
      resolve();
    });
  });
}

export function end({ client, server }: Passage): void {
  client.destroy();
  server.destroy();
}

export function reset({ client, server }: Passage): void {
  client.resetAndDestroy();
  server.resetAndDestroy();
}

/** Sends the bytes over a new connection. Nobody waits for the answer. */
export function sendCopy({ host, port }: Target, chunk: Buffer): void {
  const copy = connect({ host, port, noDelay: true });
  copy.on('error', () => copy.destroy());
  copy.on('data', () => copy.end());
  copy.write(chunk);
}
