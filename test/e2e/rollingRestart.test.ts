// A rolling restart of two API processes under load, behind a load balancer that asks /readyz. A process
// that is drained before its SIGTERM refuses nobody.
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { withClient } from '../../harness/databases.ts';
import { startProcess } from '../../harness/processes.ts';
import { testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const clients = 4;
/** Answers that each old process must give while it is drained, and the balancer in all before the end. */
const answersWhileDrained = 100;
const answersMin = 400;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: Config;

beforeAll(async () => {
  database = await createTestDatabase();
  // A process that was drained has told everybody long before its SIGTERM.
  config = testConfig(database.url, { SHUTDOWN_NOTICE_MS: '0' });
});
afterAll(() => database.drop());

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  return answer?.ok === true;
}

interface Target {
  readonly url: string;
  /** Requests that were sent and have no answer yet. */
  open: number;
  answered: number;
}

/** Sends each request to the next target. Which these are, the caller decides by what /readyz says. */
async function startBalancer(targets: Set<Target>) {
  let sent = 0;
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const all = [...targets];
    const target = all[sent++ % all.length];
    if (target === undefined) throw new Error('no target is ready');
    target.open++;
    const url = new URL(incoming.url ?? '/', target.url);
    const { method, headers } = incoming;
    const onward = request(url, { method, headers: { ...headers, host: url.host }, agent: false });
    onward.on('response', (answer) => {
      target.answered++;
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.writeHead(502).end());
    onward.on('close', () => target.open--);
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

/** Each client credits its own wallet, one request after the other. `end` gives all statuses. */
function startLoad(url: string) {
  let isOver = false;
  const loads = Array.from({ length: clients }, async (_, at) => {
    const walletId = `wallet-${at}`;
    const statuses = [await post(`${url}/wallets`, { walletId, ownerId: 'owner', initialBalance: '1.00' })];
    while (!isOver) statuses.push(await post(`${url}/wallets/${walletId}/credit`, { amount: '1.00' }));
    return statuses;
  });
  const end = async () => {
    isOver = true;
    return (await Promise.all(loads)).flat();
  };
  return { end };
}

it('refuses and loses nothing if each process is drained before its SIGTERM', async () => {
  const start = async () => ({ ...(await startProcess('server', config)), open: 0, answered: 0 });
  // The replacements are ready before the first one goes, as with a surge in Kubernetes.
  const pairs = await Promise.all([0, 1].map(() => Promise.all([start(), start()])));
  const all = pairs.flat();
  const targets = new Set<Target>(pairs.map(([old]) => old));
  const balancer = await startBalancer(targets);
  const load = startLoad(balancer.url);

  for (const [one, next] of pairs) {
    expect(await isReady(next.url)).toBe(true);
    targets.add(next);
    one.child.kill('SIGUSR2');
    await eventually(async () => !(await isReady(one.url)));
    // It is not ready, and everything else goes on. Many answers prove that operations do.
    const before = one.answered;
    await eventually(() => one.answered >= before + answersWhileDrained);
    targets.delete(one);
    await eventually(() => one.open === 0);
    expect(await one.stop('SIGTERM')).toBe(0);
  }
  const answered = () => all.reduce((sum, one) => sum + one.answered, 0);
  await eventually(() => answered() >= answersMin);

  const statuses = await load.end();
  balancer.close();
  await Promise.all(all.map((one) => one.stop()));
  const counts = Object.groupBy(statuses, (status) => status);
  expect(Object.keys(counts)).toEqual(['200', '201']);
  expect(statuses.length).toBeGreaterThanOrEqual(answersMin);
  // Each acknowledged operation is in the log, and nothing besides.
  expect(await countEvents()).toBe(statuses.length);
}, 120_000);

function countEvents(): Promise<number | undefined> {
  return withClient(database.url, async (client) => {
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from events');
    return rows[0]?.count;
  });
}

it('takes a worker out of its readiness, and it goes on until its SIGTERM', async () => {
  const worker = await startProcess('worker', config);
  expect(await isReady(worker.url)).toBe(true);
  worker.child.kill('SIGUSR2');
  const draining = await eventually(async () => {
    const answer = await fetch(`${worker.url}/readyz`);
    return answer.status === 503 ? ((await answer.json()) as { parts: object }) : undefined;
  });
  // A request that was under way when the signal came tells of the stores, too.
  expect(draining.parts).toMatchObject({ process: 'is draining' });
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
