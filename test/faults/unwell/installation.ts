// One installation that is made unwell: an API and a worker as a deployment starts them, and an operator who
// asks doctor and types what it advises, in a shell.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../../src/config/config.ts';
import { type LaunchedProcess, startProcess, type SystemProcess } from '../../../harness/processes.ts';
import { root } from '../../../stack/paths.ts';

export interface Condition {
  readonly name: string;
  readonly severity: 'critical' | 'warning';
  readonly subject: string;
  readonly problem: string;
  readonly advice: string;
  readonly command: string | null;
}

interface Typed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Installation {
  readonly config: Config;
  readonly api: SystemProcess;
  /** The worker that was started last. */
  readonly worker: () => SystemProcess;
  /** Every worker that was started and not yet stopped. */
  readonly startWorker: (config?: Config) => Promise<SystemProcess>;
  readonly stopWorker: (worker: LaunchedProcess, signal?: NodeJS.Signals) => Promise<void>;
  /** Findings of GET /admin/health. */
  readonly conditions: () => Promise<readonly Condition[]>;
  readonly doctor: () => Promise<{ readonly code: number | null; readonly conditions: readonly Condition[] }>;
  /** Types the line into a shell that has `wallet` and `temporal`. A line that starts a worker goes on. */
  readonly type: (line: string) => Promise<Typed>;
  readonly post: (route: string, body: object) => Promise<Response>;
}

export interface Tools {
  /** Folders with the programs `temporal` and `redis-cli`. */
  readonly folders: readonly string[];
  /** What the operator's shell knows besides, such as REDIS_URL with all rights. */
  readonly environment: Readonly<Record<string, string>>;
}

const typedWithinMs = 60_000;
const stopWithinMs = 20_000;
const answerWithinMs = 15_000;

/** `closings` ends every started process, also if a later one does not start. */
export async function startInstallation(
  config: Config,
  tools: Tools,
  closings: AsyncDisposableStack,
): Promise<Installation> {
  const workers = new Set<SystemProcess>();
  const bin = await mkdtemp(path.join(tmpdir(), 'wallet-unwell-'));
  await writeFile(
    path.join(bin, 'wallet'),
    `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} ${JSON.stringify(path.join(root, 'cli/wallet.ts'))} "$@"\n`,
    { mode: 0o755 },
  );
  let latest: SystemProcess | undefined;
  const startWorker = async (own: Config = config): Promise<SystemProcess> => {
    const started = await startProcess('worker', own);
    workers.add(started);
    if (own === config) latest = started;
    return started;
  };
  closings.defer(async () => {
    await Promise.all([...workers].map((one) => one.stop('SIGTERM', stopWithinMs)));
    await rm(bin, { recursive: true, force: true });
  });
  await startWorker();
  const api = await startProcess('server', config);
  closings.defer(async () => {
    await api.stop('SIGTERM', stopWithinMs);
  });
  const environment = {
    ...{
      TEMPORAL_ADDRESS: config.TEMPORAL_ADDRESS,
      ELASTICSEARCH_URL: config.ELASTICSEARCH_URL.replace(/\/$/, ''),
    },
    ...tools.environment,
    ...{ WALLET_URL: api.url, PATH: [bin, ...tools.folders, process.env.PATH].join(path.delimiter) },
  };
  const get = async (route: string) => {
    const answer = await fetch(`${api.url}${route}`, { signal: AbortSignal.timeout(answerWithinMs) });
    return (await answer.json()) as { readonly conditions: readonly Condition[] };
  };
  const shell = shellWith(environment);
  return {
    config,
    api,
    worker: () => latest ?? failNoWorker(),
    startWorker,
    stopWorker: async (worker, signal = 'SIGTERM') => {
      workers.delete(worker as SystemProcess);
      await worker.stop(signal, stopWithinMs);
    },
    conditions: async () => (await get('/admin/health')).conditions,
    doctor: async () => {
      const { code, out } = await shell('wallet doctor --json');
      const seen = JSON.parse(out) as { readonly conditions: readonly Condition[] };
      return { code, conditions: seen.conditions };
    },
    type: async (line) => {
      if (line !== 'node worker/main.ts') return shell(line);
      await startWorker();
      return { code: 0, out: '', err: '' };
    },
    post: (route, body) =>
      fetch(`${api.url}${route}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(answerWithinMs),
      }),
  };
}

function failNoWorker(): never {
  throw new Error('no worker was started');
}

function shellWith(environment: Readonly<Record<string, string>>): (line: string) => Promise<Typed> {
  return async (line) => {
    const child = spawn('sh', ['-c', line], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: typedWithinMs,
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => (out += String(chunk)));
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    await once(child, 'close');
    return { code: child.exitCode, out, err };
  };
}
