// The worker's health endpoint: `/livez` says that the process answers, `/readyz` that it takes work.
import { createServer, type Server } from 'node:http';
import type { Config } from '../src/config.ts';

interface Readiness {
  readonly ready: boolean;
  readonly state: string;
}

/** Listens on WORKER_HOST:WORKER_PORT. Rejects where the port is taken. */
export async function startHealthServer(
  config: Pick<Config, 'WORKER_HOST' | 'WORKER_PORT'>,
  readiness: () => Readiness,
): Promise<Server> {
  const server = createServer((request, response) => {
    const [status, body] = answer(request.url ?? '/', readiness);
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.WORKER_PORT, config.WORKER_HOST, resolve);
  });
  return server;
}

function answer(path: string, readiness: () => Readiness): [status: number, body: object] {
  if (path === '/livez') return [200, { status: 'ok' }];
  if (path !== '/readyz') return [404, { status: 'not found' }];
  const { ready, state } = readiness();
  return [ready ? 200 : 503, { status: ready ? 'ok' : 'not ready', state }];
}
