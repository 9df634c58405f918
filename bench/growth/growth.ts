// `npm run bench -- growth`: the same credits on logs of 50,000 to 20,000,000 events. Growth costs pages: the
// larger tables and indexes are, the more pages a command touches that no other has touched since the last
// checkpoint. PostgreSQL writes each of them whole. So it is measured from a checkpoint on, in two windows.
import { withClient } from '../../harness/databases.ts';
import { printTable } from '../../harness/reporting.ts';
import { checkDatabase, noCommands } from '../database/check.ts';
import type { BenchDatabase } from '../database/databases.ts';
import { type Seed, seededEvents } from '../database/seed.ts';
import { type BenchEnvironment, launchApi } from '../environment.ts';
import { postmasterOf } from '../holds/processTime.ts';
import type { ChosenGenerator } from '../load/choose.ts';
import type { BenchOptions } from '../options.ts';
import { milliseconds, percent, perSecond, printTargets, type Result, type Target } from '../report.ts';
import { type Row, runRounds } from '../rounds.ts';
import { type Summary, summarize } from '../statistics.ts';
import { type LoadedLog, loadFrom } from './loadFrom.ts';
import { readWal, type WalOf } from './wal.ts';

const sizes = [50_000, 1_000_000, 5_000_000, 20_000_000];
const quickSizes = [50_000, 200_000];
/** Commands of one window. The first window begins at a checkpoint, and the second follows it. */
const windowCommands = 50_000;
const quickWindowCommands = 2_000;
const eventsPerWallet = 20;
const walletsMin = 10_000;
/** Larger databases are seeded once, and go on growing over the rounds. Two of them would fill a disk. */
const copiedMax = 1_000_000;
/** A larger log goes over this many files of the write-ahead log before it is read. */
const walKept = '6GB';

/** A log of four weeks. Outbox rows and records are kept for the last ten days and a half. */
function seedOf(events: number): Seed {
  const wallets = Math.max(walletsMin, events / eventsPerWallet);
  return { wallets, creditsPerWallet: events / wallets - 1, kept: (events * 3) / 8 };
}

const nameOf = (events: number) => `${events.toLocaleString('en')} events`;

interface Sampled extends LoadedLog {
  readonly bytes: number;
  readonly shares: readonly (readonly WalOf[])[];
}

export async function benchGrowth(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const measuredSizes = options.quick ? quickSizes : sizes;
  const window = options.quick ? quickWindowCommands : windowCommands;
  const adminUrl = environment.stack.adminUrls.DATABASE_URL;
  await withClient(adminUrl, async (admin) => {
    await admin.query(`alter system set wal_keep_size = '${walKept}'`);
    await admin.query('select pg_reload_conf()');
  });
  const kept = await seedLarge(environment, measuredSizes);
  const values = await runRounds<undefined, Sampled>(environment, {
    rounds: options.rounds,
    rows: measuredSizes.map((events) => rowOf(events, window, kept, options, generator)),
    prepare: () => Promise.resolve(undefined),
    dismiss: () => Promise.resolve(),
  });
  for (const database of kept.values()) await database.drop();
  const figures = new Map([...values].map(([name, samples]) => [name, figuresOf(samples)]));
  printFigures(figures, window);
  printShares(values, window);
  const targets = targetsOf(figures, nameOf(measuredSizes.at(-1) ?? 0), nameOf(measuredSizes[0] ?? 0));
  printTargets(targets);
  const shares = Object.fromEntries(
    [...values].map(([name, samples]) => [name, samples.at(-1)?.shares.map((of) => perCommand(of, window))]),
  );
  return { connections: 64, window, figures: Object.fromEntries(figures), shares, targets };
}

async function seedLarge(
  { databases, say }: BenchEnvironment,
  measuredSizes: readonly number[],
): Promise<ReadonlyMap<number, BenchDatabase>> {
  const kept = new Map<number, BenchDatabase>();
  for (const events of measuredSizes.filter((size) => size > copiedMax)) {
    say(`seeding ${nameOf(events)}`);
    kept.set(events, await databases.createAlone(seedOf(events)));
  }
  return kept;
}

function rowOf(
  events: number,
  window: number,
  kept: ReadonlyMap<number, BenchDatabase>,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Row<undefined, Sampled> {
  return {
    name: nameOf(events),
    measure: async (_, environment) => {
      const adminUrl = environment.stack.adminUrls.DATABASE_URL;
      const database = kept.get(events) ?? (await environment.databases.create(seedOf(events)));
      const before = await committedBefore(database);
      const api = await launchApi(environment, database.url);
      const loaded = await loadFrom({
        ...{ generate, database, adminUrl, window, seconds, url: api.url, signal: environment.signal },
        postmaster: await postmasterOf(adminUrl),
        apiPid: api.pid(),
      });
      const shares: (readonly WalOf[])[] = [];
      for (const { fromWal, toWal } of loaded.windows)
        shares.push(await readWal(adminUrl, database, fromWal, toWal));
      const credit = before + loaded.acknowledged;
      await checkDatabase(database, {
        ...{ before: noCommands, acknowledged: { ...noCommands, credit } },
        ...{ cutMax: loaded.cutMax, refused: 0 },
      });
      const bytes = await bytesOf(database);
      await api.stop();
      if (!kept.has(events)) await database.drop();
      return { ...loaded, bytes, shares };
    },
  };
}

/** Commands that earlier rounds left in a database. Each is one event. */
async function committedBefore({ url, seed }: BenchDatabase): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ position: string }>('select position from log_head');
    return Number(rows[0]?.position) - seededEvents(seed);
  });
}

async function bytesOf({ url }: BenchDatabase): Promise<number> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      'select pg_database_size(current_database()) as bytes',
    );
    return Number(rows[0]?.bytes);
  });
}

interface Figures {
  readonly perS: Summary;
  readonly p99Ms: Summary;
  readonly postgresUs: readonly Summary[];
  readonly apiUs: readonly Summary[];
  /** Bytes of the write-ahead log a credit, in each window. */
  readonly walBytes: readonly Summary[];
  readonly gigabytes: Summary;
}

function figuresOf(samples: readonly Sampled[]): Figures {
  const inWindows = (of: (window: Sampled['windows'][number]) => number) =>
    (samples[0]?.windows ?? []).map((_, at) =>
      summarize(samples.flatMap(({ windows }) => windows.slice(at, at + 1).map(of))),
    );
  return {
    perS: summarize(samples.map(({ perS }) => perS)),
    p99Ms: summarize(samples.map(({ p99Ms }) => p99Ms)),
    postgresUs: inWindows(({ postgresUs }) => postgresUs),
    apiUs: inWindows(({ apiUs }) => apiUs),
    walBytes: inWindows(({ walBytes }) => walBytes),
    gigabytes: summarize(samples.map(({ bytes }) => bytes / 1e9)),
  };
}

function printFigures(figures: ReadonlyMap<string, Figures>, window: number): void {
  const shown = window.toLocaleString('en');
  printTable(
    `Credits over all wallets, 64 connections: the first ${shown} after a checkpoint, and the next ${shown}`,
    ['', 'per s', 'spread', 'p99 ms', 'PostgreSQL µs', 'next', 'API µs', 'next', 'WAL B', 'next', 'GB'],
    [...figures].map(([name, { perS, p99Ms, postgresUs, apiUs, walBytes, gigabytes }]) => [
      name,
      perSecond(perS.median),
      percent(perS.spread),
      milliseconds(p99Ms.median),
      ...[...postgresUs, ...apiUs, ...walBytes].map(({ median }) => median.toFixed(0)),
      gigabytes.median.toFixed(2),
    ]),
  );
}

/** Shares below this many bytes a command are left out. */
const shownBytesMin = 5;

function perCommand(shares: readonly WalOf[], window: number) {
  return shares
    .map(({ relation, wholePages, wholePageBytes, bytes }) => ({
      relation,
      bytes: bytes / window,
      wholePages: wholePages / window,
      wholePageBytes: wholePageBytes / window,
    }))
    .filter(({ bytes }) => bytes >= shownBytesMin);
}

function printShares(values: ReadonlyMap<string, readonly Sampled[]>, window: number): void {
  for (const [name, samples] of values) {
    printTable(
      `${name}: the write-ahead log of the first window, a credit`,
      ['', 'bytes', 'of whole pages', 'whole pages'],
      perCommand(samples.at(-1)?.shares[0] ?? [], window).map((of) => [
        of.relation,
        of.bytes.toFixed(0),
        of.wholePageBytes.toFixed(0),
        of.wholePages.toFixed(3),
      ]),
    );
  }
}

/** The largest log must be within five percent of the smallest. */
function targetsOf(figures: ReadonlyMap<string, Figures>, most: string, least: string): Target[] {
  const [large, small] = [figures.get(most), figures.get(least)];
  if (large === undefined || small === undefined) return [];
  const ratio = (what: string, of: (found: Figures) => Summary | undefined, wanted: object): Target => {
    const [top, bottom] = [of(large), of(small)];
    const rounds = (top?.rounds ?? []).map((value, round) => value / (bottom?.rounds[round] ?? NaN));
    return {
      name: `${most} : ${least}, ${what}`,
      value: (top?.median ?? NaN) / (bottom?.median ?? NaN),
      rounds,
      ...wanted,
    };
  };
  return [
    ratio('throughput', ({ perS }) => perS, { atLeast: 0.95 }),
    ratio('p99', ({ p99Ms }) => p99Ms, { atMost: 1.05 }),
    ratio('PostgreSQL µs, first window', ({ postgresUs }) => postgresUs[0], { atMost: 1.05 }),
    ratio('PostgreSQL µs, next window', ({ postgresUs }) => postgresUs[1], { atMost: 1.05 }),
    ratio('WAL, first window', ({ walBytes }) => walBytes[0], { atMost: 1.05 }),
    ratio('WAL, next window', ({ walBytes }) => walBytes[1], { atMost: 1.05 }),
  ];
}
