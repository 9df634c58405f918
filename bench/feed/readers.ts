// Measures the event feed of one API process: the time from a commit's answer to its stream at light load,
// and the memory of many idle streams. Run it alone: node bench/feed/readers.ts
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { reachLoopbackDirectly } from '../../src/loopbackDirect.ts';
import { launchApi, withBenchEnvironment } from '../environment.ts';
import { residentMiB } from '../resilience/memory.ts';
import { latencyOf } from '../statistics.ts';

const credits = 400;
const creditEveryMs = 20;
const readerCounts = [1_000, 10_000];
const openedAtOnce = 100;
/** Nothing of this type happens. */
const idle = '&types=wallet.closed.v1';
const settings = {
  ACCESS: 'open',
  EVENT_READERS_MAX: '20000',
  EVENT_READERS_PER_TENANT_MAX: '20000',
  EVENT_READERS_PER_CALLER_MAX: '20000',
  HTTP_CONNECTIONS_MAX: '20100',
};

interface Stream {
  readonly close: () => void;
}

/** Resolves once the stream has begun. `onEvent` hears of each frame with data. */
function openStream(url: string, filter: string, onEvent: (data: string) => void): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'text/event-stream' };
    const sent = request(`${url}/events?after=latest${filter}`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`a stream got ${response.statusCode}`));
      response.once('data', () => {
        resolve({ close: () => sent.destroy() });
      });
      response.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n'))
          if (line.startsWith('data: ')) onEvent(line.slice(6));
      });
      response.on('error', () => undefined);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function credit(url: string, amount: number): Promise<number> {
  const response = await fetch(`${url}/wallets/wallet-0/credit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: '0.01', description: `credit ${amount}` }),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.text();
  return performance.now();
}

/** Milliseconds from the answer to the commit until the event is in the stream. Below 0 it was first. */
async function measureLag(url: string): Promise<readonly number[]> {
  const seen = new Map<number, number>();
  const stream = await openStream(url, '', (data) => {
    const number = /"description":"credit (\d+)"/.exec(data)?.[1];
    if (number !== undefined) seen.set(Number(number), performance.now());
  });
  const answered: number[] = [];
  for (let number = 0; number < credits; number += 1) {
    answered.push(await credit(url, number));
    await pause(creditEveryMs);
  }
  await pause(1_000);
  stream.close();
  return answered.map((at, number) => (seen.get(number) ?? NaN) - at);
}

reachLoopbackDirectly(process.env);
await withBenchEnvironment(['postgres', 'redis'], false, async (environment) => {
  const database = await environment.databases.create({ wallets: 1 });
  const api = await launchApi(environment, database.url, settings);
  await fetch(`${api.url}/wallets`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ walletId: 'wallet-0', ownerId: 'o', initialBalance: 1 }),
  });
  const report = async (readers: number) => {
    const lags = await measureLag(api.url);
    const lost = lags.filter(Number.isNaN).length;
    const { p50, p95, p99 } = latencyOf(lags);
    const [half, most, nearlyAll] = [p50, p95, p99].map((ms) => ms.toFixed(1));
    console.log(`${readers} idle readers take ${residentMiB(api.pid()).toFixed(0)} MiB.`);
    console.log(`From answer to stream: p50 ${half}, p95 ${most}, p99 ${nearlyAll} ms. Lost: ${lost}.`);
  };
  await report(0);
  const streams: Stream[] = [];
  for (const count of readerCounts) {
    while (streams.length < count) {
      const open = Array.from({ length: openedAtOnce }, () => openStream(api.url, idle, () => undefined));
      streams.push(...(await Promise.all(open)));
    }
    console.log(`${count} readers are open: ${residentMiB(api.pid()).toFixed(0)} MiB before an event.`);
    await report(count);
  }
  for (const stream of streams) stream.close();
});
process.exit(0);
