// Serves the worker's health endpoint: the answers that the API gives about its own process, through the same
// server. So probes, gateways and scrapers find the same contract at both.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { createProcessApi, type ProcessApiDeps } from '../src/api/process/processApi.ts';
import type { Config } from '../src/config/config.ts';
import { type HttpServer, startHttpServer } from '../src/http/httpServer.ts';
import type { Log } from '../src/telemetry/log.ts';

type WorkerHealth = Omit<ProcessApiDeps, 'newId' | 'log'>;

/** Listens on WORKER_HOST:WORKER_PORT. Rejects if the port is taken. */
export function startHealthServer(config: Config, health: WorkerHealth, log: Log): Promise<HttpServer> {
  const { fetch } = createProcessApi({ ...health, newId: () => randomUUID(), log });
  // A worker takes no traffic that a load balancer would have to notice its stop for.
  const own = { HOST: config.WORKER_HOST, PORT: config.WORKER_PORT, SHUTDOWN_NOTICE_MS: 0 };
  return startHttpServer(fetch, { ...config, ...own });
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
