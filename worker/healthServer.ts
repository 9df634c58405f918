// Serves the worker's health endpoint, with the paths and bodies of the API's. `/livez` answers while the
// process runs, `/readyz` tells whether it takes work, `/version` describes it, and `/metrics` shows its
// metrics.
import { createServer, type Server } from 'node:http';
import type { Config } from '../src/config/config.ts';
import { createServedHosts } from '../src/servedHosts.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Readiness } from '../src/telemetry/readiness.ts';
import type { Exposition } from '../src/telemetry/registry.ts';
import type { Version } from '../src/telemetry/version.ts';

export interface WorkerHealth {
  readonly readiness: () => Promise<Readiness>;
  readonly metrics: () => Promise<Exposition>;
  readonly version: Version;
}

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

/** Listens on WORKER_HOST:WORKER_PORT. Rejects if the port is taken. */
export async function startHealthServer(
  config: Pick<Config, 'WORKER_HOST' | 'WORKER_PORT' | 'ALLOWED_HOSTS'>,
  health: WorkerHealth,
  log: Log,
): Promise<Server> {
  const verdictOn = createServedHosts(config.ALLOWED_HOSTS, config.WORKER_HOST);
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const isServed = verdictOn(request) === 'served';
    (isServed ? answer(path, health) : Promise.resolve(hostNotServed))
      .catch((error: unknown) => {
        log.error({ err: error, path }, 'request failed');
        return json(500, { status: 'failed' });
      })
      .then(({ status, mediaType, body }) => {
        response.writeHead(status, { 'content-type': mediaType, 'cache-control': 'no-store' });
        response.end(body);
      })
      .catch((error: unknown) => {
        log.error({ err: error, path }, 'an answer could not be sent');
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.WORKER_PORT, config.WORKER_HOST, resolve);
  });
  return server;
}

/** Rejects if another program listens there. */
export async function assertPortFree(config: Pick<Config, 'WORKER_HOST' | 'WORKER_PORT'>): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(config.WORKER_PORT, config.WORKER_HOST, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}
const hostNotServed = json(421, { status: 'ALLOWED_HOSTS does not name this Host' });

async function answer(path: string, health: WorkerHealth): Promise<Answer> {
  switch (path) {
    case '/livez':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const { ready, ...report } = await health.readiness();
      return json(ready ? 200 : 503, report);
    }
    case '/version':
      return json(200, health.version);
    case '/metrics': {
      const { text, mediaType } = await health.metrics();
      return { status: 200, mediaType, body: text };
    }
    default:
      return json(404, { status: 'not found' });
  }
}

function json(status: number, body: object): Answer {
  return { status, mediaType: 'application/json', body: JSON.stringify(body) };
}
