// Steers a running stack by HTTP over a Unix socket that only this user can open.
import { randomBytes } from 'node:crypto';
import { chmod, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StackError } from './part.ts';

// Long enough for the slowest request, a start of Elasticsearch.
const ANSWER_WITHIN_MS = 180_000;
// The strictest of the supported systems allows 104 bytes, the final NUL included.
const SOCKET_PATH_BYTES_MAX = 100;

export interface Controls {
  readonly status: () => Readonly<Record<string, string>>;
  readonly stop: (name: string) => Promise<void>;
  readonly start: (name: string) => Promise<void>;
}

/** In the stack's own folder. If that path is too long for a socket, among the temporary files. */
export function controlPath(varDir: string): string {
  const own = path.join(varDir, 'control.sock');
  if (Buffer.byteLength(own) <= SOCKET_PATH_BYTES_MAX) return own;
  return path.join(tmpdir(), `wallet-stack-${randomBytes(6).toString('hex')}.sock`);
}

export async function serveControls(socketPath: string, controls: Controls): Promise<() => Promise<void>> {
  const server = createServer((incoming, outgoing) => {
    const [, verb = '', name = ''] = (incoming.url ?? '').split('/');
    answer(controls, verb, name).then(
      (text) => outgoing.end(text),
      (error: unknown) => {
        outgoing.statusCode = 409;
        outgoing.end(error instanceof Error ? error.message : String(error));
      },
    );
  });
  // The caller has claimed the folder, so an old socket in it is a leftover.
  await rm(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  await chmod(socketPath, 0o600);
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(socketPath, { force: true });
  };
}

async function answer(controls: Controls, verb: string, name: string): Promise<string> {
  if (verb === 'stop') {
    await controls.stop(name);
    return `${name} is stopped`;
  }
  if (verb === 'start') {
    await controls.start(name);
    return `${name} is running`;
  }
  const lines = Object.entries(controls.status()).map(([part, status]) => `${part} ${status}`);
  return lines.join('\n');
}

/**
 * Sends a request to the running stack: "status", "stop/<name>" or "start/<name>". Throws StackError on a
 * refusal.
 */
export async function askStack(socketPath: string, what: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path: `/${what}`, method: 'POST', timeout: ANSWER_WITHIN_MS },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => (text += chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          if (incoming.statusCode === 200) resolve(text);
          else reject(new StackError(text));
        });
      },
    );
    outgoing.once('timeout', () => outgoing.destroy(new StackError('the stack does not answer')));
    outgoing.once('error', reject);
    outgoing.end();
  });
}
