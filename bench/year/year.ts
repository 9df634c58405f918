// `npm run bench -- year`: a year of an installation, day by day. Each day has commands of all kinds through
// a real API. Then the clocks of PostgreSQL, API and worker move on by 24 hours (setClock.ts). The workflows
// of the schedules do what they do in a day: segments are made, outbox rows are dropped, generations are
// switched, old segments are archived and dropped. A worker is killed once at each of their failpoints
// (workers.ts).
//
// Processes, commands, workflows and sizes are real. The time that passes between two days is simulated.
// Within a day the true seconds pass, so no duration here says anything. Segments are narrow, so that a week
// fills several.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Pool } from 'pg';
import { withClient } from '../../harness/databases.ts';
import { brokenTotals, mismatch, readTableTotals } from '../../harness/invariants/tableTotals.ts';
import { randomOf } from '../../harness/random.ts';
import { readTrialBalance } from '../../src/projections/ledger/ledgerQueries.ts';
import { cutLog } from '../../test/support/segments.ts';
import type { BenchEnvironment } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { openSceneOn, type Scene } from '../projections/scene.ts';
import type { Result } from '../report.ts';
import { startTraffic, type YearCounts } from './commands.ts';
import { compareRebuilds } from './rebuilds.ts';
import { readSnapshot, type WeekSnapshot } from './snapshot.ts';
import { levelOf, printYear, sentenceOf } from './tables.ts';
import { createWorkers, type Workers } from './workers.ts';

const dayMs = 86_400_000;
const fullYear = { weeks: 52, turnsPerDay: 1_000, segmentWidth: 2_048 };
/** The first segments leave the database in the sixth week. */
const quickYear = { weeks: 8, turnsPerDay: 200, segmentWidth: 128 };
const seed = 20_261_130;
/** Workers are killed from these days on. The first segment is dropped 37 days after its last event. */
const killsOfGenerationsFrom = 8;
const killsOfArchiveFrom = 45;

export async function benchYear(environment: BenchEnvironment, { quick }: BenchOptions): Promise<Result> {
  const plan = quick ? quickYear : fullYear;
  const folder = await mkdtemp(path.join(tmpdir(), 'wallet-year-'));
  try {
    return await playYear(environment, plan, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function playYear(
  environment: BenchEnvironment,
  plan: typeof fullYear,
  folder: string,
): Promise<Result> {
  const { clock, databases, say, signal } = environment;
  if (clock === undefined) throw new Error('the year needs a clock that can be set');
  const settings = {
    ARCHIVE_URL: pathToFileURL(folder).href,
    ARCHIVE_AFTER_DAYS: '30',
    LOG_SEGMENT_EVENTS_MIN: String(plan.segmentWidth),
  };
  const ofWorkers = { ...settings, TEST_CRASH_POINT_FILE: `${folder}.point` };
  const scene = await openNarrow(environment, await databases.create({ wallets: 0 }), plan, ofWorkers);
  const api = await scene.launchApi(settings);
  const failures: string[] = [];
  const traffic = startTraffic(api.url, randomOf(seed), (wrong) => failures.push(wrong));
  const workers = createWorkers(environment, scene, ofWorkers, ofWorkers.TEST_CRASH_POINT_FILE);
  const weeks: WeekSnapshot[] = [];
  for (let day = 1; day <= plan.weeks * 7; day += 1) {
    signal.throwIfAborted();
    await traffic.day(day, plan.turnsPerDay);
    await scene.caughtUp();
    await clock.setAhead(day * dayMs, { api: api.pid(), worker: workers.pid() });
    await keepHouse(workers, day);
    if (day % 7 > 0) continue;
    const week = await readSnapshot(scene.pool, day / 7, folder);
    weeks.push(week);
    say(sentenceOf(week));
  }
  await scene.caughtUp();
  const compared = await compareRebuilds({ scene, workers, say });
  failures.push(...compared.failures, ...(await wrongSums(scene, traffic.counts())));
  failures.push(...workers.left().map((point) => `no worker was killed at ${point}`));
  await traffic.close();
  await workers.stop();
  await scene.dismiss();
  const level = levelOf(weeks);
  printYear(weeks, level);
  return {
    ...plan,
    ...{ seed, weeks, level, compared, failures },
    commands: traffic.counts(),
    repeatedKeys: traffic.repeated(),
    killedAt: workers.killed(),
  };
}

/** An empty log whose segments are narrow, with a worker. */
async function openNarrow(
  environment: BenchEnvironment,
  database: Parameters<typeof openSceneOn>[1],
  { segmentWidth }: typeof fullYear,
  settings: Readonly<Record<string, string>>,
): Promise<Scene> {
  const pool = new Pool({ connectionString: database.url, max: 1 });
  await cutLog(pool, segmentWidth);
  await pool.end();
  return openSceneOn(environment, database, settings);
}

/** Runs the workflows that the schedules start in a day, under the ids of an operator's runs. */
async function keepHouse({ run, runKilled }: Workers, day: number): Promise<void> {
  const generations = day < killsOfGenerationsFrom ? run : runKilled;
  const archive = day < killsOfArchiveFrom ? run : runKilled;
  await archive('keepSegments', 'keep-segments-by-year');
  await run('retryStaleEvents', 'retry-stale-events');
  await generations('pruneOutbox', 'prune-outbox');
  await archive('archiveLog', 'archive-log');
}

/** Compares the whole log, with every segment restored, with the commands that were acknowledged. */
async function wrongSums(scene: Scene, counts: YearCounts): Promise<readonly string[]> {
  const { database } = scene.target;
  const found = await withClient(database.url, readTableTotals);
  // Outbox rows of old segments were dropped.
  const kept = { ...found, outbox: found.events };
  const { sums } = await readTrialBalance(scene.pool);
  return [
    ...brokenTotals(kept),
    ...mismatch('wallets', found.wallet_created, counts.create),
    ...mismatch('credits', found.wallet_credited, counts.credit),
    ...mismatch('debits', found.wallet_debited, counts.debit),
    ...mismatch('transfers', found.transfer_sent, counts.transfer),
    ...mismatch(
      'sum of the balances',
      found.balance_minor,
      BigInt(counts.create) * 10_000_000n + BigInt(counts.credit - counts.debit - counts.capture) * 100n,
    ),
    ...mismatch(
      'trial balance',
      sums.reduce((total, { debitsMinor, creditsMinor }) => total + debitsMinor - creditsMinor, 0n),
      0,
    ),
  ];
}
