// A rolling restart of two API processes under load, behind a load balancer that asks /readyz. A process
// that is drained before its SIGTERM refuses nobody.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const clients = 3;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: Config;

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url);
});
afterAll(() => database.drop());

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  return answer?.ok === true;
}

/** Sends each request to the next target. Its members change only by what /readyz says. */
async function startBalancer(targets: Set<string>) {
  let sent = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const all = [...targets];
    const target = new URL(incoming.url ?? '/', all[sent++ % all.length]);
    const { method, headers } = incoming;
    const onward = request(target, { method, headers: { ...headers, host: target.host }, agent: false });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(onward);
  };
  const server = createServer(pass).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

it('refuses nobody if each process is drained before its SIGTERM', async () => {
  const start = () => startProcess('server', config);
  let running: SystemProcess[] = await Promise.all([start(), start()]);
  const targets = new Set(running.map(({ url }) => url));
  const balancer = await startBalancer(targets);
  const create = (walletId: string) =>
    post(`${balancer.url}/wallets`, { walletId, ownerId: 'owner', initialBalance: '1.00' });
  const statuses: number[] = [];
  let isOver = false;
  const load = Array.from({ length: clients }, async (_, at) => {
    statuses.push(await create(`wallet-${at}`));
    while (!isOver)
      statuses.push(await post(`${balancer.url}/wallets/wallet-${at}/credit`, { amount: '1.00' }));
  });

  for (const old of running) {
    old.child.kill('SIGUSR2');
    await eventually(async () => !(await isReady(old.url)));
    // It is not ready, and everything else goes on. The next answers prove that operations do.
    const before = statuses.length;
    await eventually(() => statuses.length > before + clients);
    expect(await post(`${old.url}/wallets/wallet-0/credit`, { amount: '1.00' })).toBe(200);
    const fresh = await start();
    targets.add(fresh.url);
    targets.delete(old.url);
    // A request that the balancer had already passed on is answered during the stop.
    expect(await old.stop('SIGTERM')).toBe(0);
    running = [...running.filter((each) => each !== old), fresh];
  }

  isOver = true;
  await Promise.all(load);
  balancer.close();
  await Promise.all(running.map((each) => each.stop()));
  expect(statuses.filter((status) => status >= 400)).toEqual([]);
  expect(statuses.length).toBeGreaterThan(2 * clients);
}, 120_000);

it('takes a worker out of its readiness, and it goes on until its SIGTERM', async () => {
  const worker = await startProcess('worker', config);
  expect(await isReady(worker.url)).toBe(true);
  worker.child.kill('SIGUSR2');
  const draining = await eventually(async () => {
    const answer = await fetch(`${worker.url}/readyz`);
    return answer.status === 503 ? ((await answer.json()) as { parts: object }) : undefined;
  });
  expect(draining.parts).toEqual({ process: 'is draining' });
  expect((await fetch(`${worker.url}/livez`)).status).toBe(200);
  expect(await worker.stop('SIGTERM')).toBe(0);
});

async function post(url: string, body: object): Promise<number> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  return answer.status;
}
