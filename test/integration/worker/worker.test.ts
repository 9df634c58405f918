import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { surroundings } from '../../../harness/processes.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const scheduleNames = ['drain-read-model', 'drain-ledger'] as const;

let fixture: ProjectionFixture;
let prefix: string;
let worker: ChildProcess | undefined;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  prefix = `test-${randomBytes(6).toString('hex')}-`;
});
afterEach(async () => {
  if (worker?.exitCode === null) worker.kill('SIGKILL');
  const client = new Client({ connection: await Connection.connect({ address: inject('temporalAddress') }) });
  for (const name of scheduleNames) {
    const handle = client.schedule.getHandle(`${prefix}${name}`);
    const description = await handle.describe().catch(() => undefined);
    if (description === undefined) continue;
    await handle.delete();
    for (const { workflow } of description.info.runningActions) {
      await client.workflow.getHandle(workflow.workflowId).terminate();
    }
  }
  await client.connection.close();
  await fixture.close();
});

interface Line {
  readonly msg: string;
  readonly health?: { readonly port: number };
}

/** Starts the worker process; `lines` fills with its log. */
function startWorker(over: Record<string, string> = {}) {
  const lines: Line[] = [];
  const child = spawn(process.execPath, ['worker/main.ts'], {
    cwd: root,
    env: {
      ...surroundings,
      DATABASE_URL: fixture.databaseUrl,
      REDIS_URL: inject('redisUrl'),
      ELASTICSEARCH_URL: inject('elasticsearchUrl'),
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_TASK_QUEUE: prefix,
      SCHEDULE_ID_PREFIX: prefix,
      REDIS_KEY_PREFIX: prefix,
      ELASTICSEARCH_INDEX_PREFIX: fixture.indexPrefix,
      WORKER_PORT: '0',
      ACCESS: 'open',
      ...over,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  worker = child;
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  return {
    child,
    lines,
    exited,
    ready: () => eventually(() => lines.find(({ msg }) => msg === 'worker ready'), 30_000),
  };
}

it('a worker process projects what is appended, says that it is ready, and stops with 0', async () => {
  const { child, exited, ready } = startWorker();
  const { health } = await ready();
  const at = (path: string) => fetch(`http://127.0.0.1:${health?.port ?? 0}${path}`);
  await eventually(async () => (await at('/readyz')).status === 200);
  expect((await at('/livez')).status).toBe(200);
  expect((await at('/')).status).toBe(404);

  await appendEvents(fixture.pool, walletStream('wallet-001', 100n, [1n]));
  await eventually(async () => {
    const { rows } = await fixture.pool.query('select from outbox where processed_at is null');
    return rows.length === 0;
  });
  expect(await fixture.queries.getWalletDocument('wallet-001')).toMatchObject({ version: 2 });

  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

it('a worker process works on without Redis', async () => {
  const { ready } = startWorker({ REDIS_URL: 'redis://127.0.0.1:1' });
  await ready();
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
  await eventually(() => fixture.queries.getWalletDocument('wallet-001').catch(() => undefined));
});

it('a worker process that is started on another schema says so and ends with 1', async () => {
  await fixture.pool.query('delete from schema_migrations where version > 1');
  const { exited, lines } = startWorker();
  expect(await exited).toEqual([1, null]);
  expect(lines).toMatchObject([
    { msg: expect.stringMatching(/^worker failed: .*npm run migrate/) as string },
  ]);
});
