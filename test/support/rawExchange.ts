// Sends requests byte by byte, as no HTTP client would, and keeps every byte of the answers.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { eventually } from './eventually.ts';

/** What one client does on one connection. The last request must make the server close it. */
export interface RawScript {
  readonly name: string;
  /** Each piece is sent once the server has read those before it. */
  readonly pieces: readonly (string | Uint8Array)[];
  /** After the last piece the client sends no more, or is gone at once. */
  readonly then?: 'half-closes' | 'is gone';
  /** Several requests are under way at once, so what they do may mix. */
  readonly isPipelined?: true;
  /** A text in the answer for which the client waits before its last piece. */
  readonly until?: string;
}

/** Plays scripts against a server, and gives the bytes of each answer as latin1, without the time of day. */
export function createRawPlayer(server: Server): (script: RawScript) => Promise<string> {
  const accepted = new Map<number | undefined, Accepted>();
  server.on('connection', (socket: Socket) => {
    accepted.set(socket.remotePort, { socket, closed: once(socket, 'close') });
  });
  return async ({ pieces, then, until }) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    let received = '';
    socket.setEncoding('latin1').on('data', (text: string) => (received += text));
    const ended = once(socket, 'close');
    await once(socket, 'connect');
    const { localPort } = socket;
    const other = await eventually(() => accepted.get(localPort));
    let sent = 0;
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) await eventually(() => socket.destroyed || other.socket.bytesRead >= sent);
      if (until !== undefined && index === pieces.length - 1)
        await eventually(() => received.includes(until) || socket.destroyed);
      const bytes = Buffer.from(piece as string, 'latin1');
      socket.write(bytes);
      sent += bytes.length;
    }
    if (then !== undefined) await eventually(() => socket.destroyed || other.socket.bytesRead >= sent);
    if (then === 'half-closes') socket.end();
    if (then === 'is gone') socket.destroy();
    await Promise.all([ended, other.closed]);
    accepted.delete(localPort);
    return withoutChance(received);
  };
}

interface Accepted {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
}

/** Without the time of day, and without the ids of requests that no application named. */
function withoutChance(answers: string): string {
  const ids = answers.matchAll(/^x-request-id: ([0-9a-f]{8}-[0-9a-f-]{27})\r$/gm);
  const named = [...ids].reduce((text, [, id = '']) => text.replaceAll(id, 'an id by chance'), answers);
  return named.replaceAll(/^date: .*\r\n/gim, '');
}
