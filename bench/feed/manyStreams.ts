// Measures one API process with many streams, each of which follows a wallet of its own: its memory and the
// lag of its event loop, while nothing happens and while some of the streams get events. No worker runs.
import { harnessKey } from '../../harness/keys.ts';
import { withClient } from '../../harness/databases.ts';
import { printTable } from '../../harness/reporting.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { readHead } from '../../src/eventStore/logHead.ts';
import { type BenchEnvironment, type BenchProcess, launchApi } from '../environment.ts';
import { processMs } from '../holds/processTime.ts';
import { walletIdOf } from '../load/load.ts';
import { generateEvenly } from '../load/programs.ts';
import { type Measured, measure, measured } from '../measure.ts';
import type { BenchOptions } from '../options.ts';
import { milliseconds, percent, perSecond } from '../report.ts';
import { residentMiB } from '../resilience/memory.ts';
import { type Arrivals, createArrivals, type Delay } from './arrivals.ts';
import { openStreams, settingsForStreams, type Streams } from './streams.ts';

const counts = [1, 1_000, 10_000];
const quickCounts = [1, 1_000];
/** Credits go to the wallets of this share of the streams. */
const activeShare = 0.1;
const creditsPerS = 200;
/** A gap between two turns of the loop is counted from this time on: the resolution of Node.js. */
const resolutionMs = 10;
/** Two scrapes this close get one text. */
const scrapesApartMs = 1_100;

interface Phase {
  /** Milliseconds by which turns of the loop came late, since the phase began. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly worst: number };
  /** Processor time of the process, as a share of one core. */
  readonly core: number;
  readonly residentMiB: number;
}

interface StreamsRow {
  readonly streams: number;
  readonly idle: Phase;
  readonly active: Phase;
  readonly delay: Delay;
}

export async function measureManyStreams(
  environment: BenchEnvironment,
  { seconds, quick }: BenchOptions,
): Promise<readonly StreamsRow[]> {
  const all = quick ? quickCounts : counts;
  const most = Math.max(...all);
  const target = measured(await environment.databases.create({ wallets: most }));
  const api = await launchApi(environment, target.database.url, settingsForStreams(most));
  const arrivals = createArrivals('the streams');
  const rows: StreamsRow[] = [];
  const open: Streams[] = [];
  let opened = 0;
  await playCredits(environment, { target, api, arrivals, streams: 0, seconds });
  for (const streams of all) {
    environment.say(`${streams} streams`);
    const filters = Array.from(
      { length: streams - opened },
      (_, number) => `&walletId=${walletIdOf(opened + number + 1)}`,
    );
    open.push(await openStreams(api.url, filters, arrivals.take));
    opened = streams;
    const { phase: idle } = await watch(api, () => pause(seconds * 1e3));
    const played = { target, api, arrivals, streams, seconds: 2 * seconds };
    const { phase: active, result } = await watch(api, () => playCredits(environment, played));
    rows.push({ streams, idle, active, delay: result });
  }
  for (const streams of open) streams.close();
  await api.stop();
  await target.database.drop();
  print(rows);
  return rows;
}

interface Played {
  readonly target: Measured;
  readonly api: BenchProcess;
  readonly arrivals: Arrivals;
  readonly streams: number;
  readonly seconds: number;
}

/** Without streams nothing is expected: that is the warm-up. */
async function playCredits({ signal }: BenchEnvironment, played: Played): Promise<Delay> {
  const { target, api, arrivals, streams, seconds } = played;
  const wallets = { first: 1, count: Math.max(1, Math.round(streams * activeShare)) };
  arrivals.startAfter(await withClient(target.database.url, readHead));
  const load = { url: api.url, operation: 'credit', wallets, connections: 16, seconds } as const;
  await measure(generateEvenly, target, [{ ...load, ratePerS: creditsPerS }], signal);
  const expected = { first: 1, count: Math.min(streams, wallets.count) };
  return withClient(target.database.url, (client) => arrivals.complete(client, expected));
}

async function watch<T>(
  api: BenchProcess,
  work: () => Promise<T>,
): Promise<{ readonly phase: Phase; readonly result: T }> {
  // A scrape forgets the lags before it.
  await readLags(api);
  const [startedAt, processorMs] = [performance.now(), processMs(api.pid())];
  const result = await work();
  const elapsedMs = performance.now() - startedAt;
  const core = (processMs(api.pid()) - processorMs) / elapsedMs;
  if (elapsedMs < scrapesApartMs) await pause(scrapesApartMs - elapsedMs);
  const lagMs = await readLags(api);
  return { phase: { lagMs, core, residentMiB: residentMiB(api.pid()) }, result };
}

async function readLags({ url }: BenchProcess): Promise<Phase['lagMs']> {
  const response = await fetch(`${url}/metrics`, { headers: harnessKey.headers });
  const text = await response.text();
  const lagOf = (which: string) => {
    const found = new RegExp(`^nodejs_eventloop_lag_${which}_seconds(?:\\{\\})? (\\S+)$`, 'm').exec(
      text,
    )?.[1];
    if (found === undefined) throw new Error(`/metrics has no lag of the event loop: ${response.status}`);
    return Math.max(0, Number(found) * 1e3 - resolutionMs);
  };
  return { p50: lagOf('p50'), p99: lagOf('p99'), worst: lagOf('max') };
}

function print(rows: readonly StreamsRow[]): void {
  printTable(
    `Streams of one API process, each of a wallet of its own; ${creditsPerS} credits a second to one in ten of them, or none`,
    ['', 'MiB', 'core', 'lag p50 ms', 'p99', 'worst', 'events', 'repeated', 'delay p50 ms', 'p95', 'p99'],
    rows.flatMap(({ streams, idle, active, delay }) =>
      Object.entries({ idle, active }).map(([name, { residentMiB: mib, core, lagMs }]) => [
        `${perSecond(streams)}, ${name}`,
        ...[perSecond(mib), percent(core)],
        ...[lagMs.p50, lagMs.p99, lagMs.worst].map(milliseconds),
        ...(name === 'idle'
          ? ['', '', '', '', '']
          : [
              ...[delay.events, delay.repeated].map(perSecond),
              ...[delay.p50Ms, delay.p95Ms, delay.p99Ms].map(milliseconds),
            ]),
      ]),
    ),
  );
}
