// Measures the sweep: among many open holds some fall due within a minute, on wallets without commands. Tells
// how long each waits for its release, and what credits on other wallets lose meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { withClient } from '../../harness/databases.ts';
import { overdueHoldS } from '../../src/eventStore/dueWallets.ts';
import { ConsistencyError } from '../database/check.ts';
import type { BenchEnvironment } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { openSceneOn } from '../projections/scene.ts';
import { postmasterOf, takenBy } from './processTime.ts';
import { letFallDue, seedOpenHolds } from './seedOpenHolds.ts';
import { afterSeconds, playSteps } from './steps.ts';

const sizes = { wallets: 110_000, holding: 100_000, holdsPerWallet: 10 };
const quickSizes = { wallets: 6_000, holding: 5_000, holdsPerWallet: 10 };
const dueCount = 10_000;
const quickDueCount = 500;
const withinS = 60;
const quickWithinS = 10;
/** Between the statement that moves the ends and the first end. */
const leadS = 30;
const connections = 16;
const turnsMax = 1_000_000;
const pollMs = 200;
/** The sweep has failed if anything is due for longer. */
const releasedWithinS = 600;

interface Phase {
  readonly creditsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly postgresUs: number;
  readonly apiUs: number;
}

export interface SweepResult {
  readonly openHolds: number;
  readonly due: number;
  readonly withinS: number;
  /** From the first end to the last release. */
  readonly releasedAfterS: number;
  readonly oldestOverdueS: number;
  readonly quiet: Phase;
  readonly beside: Phase;
}

export async function measureSweep(
  environment: BenchEnvironment,
  { quick, seconds }: BenchOptions,
): Promise<SweepResult> {
  const size = quick ? quickSizes : sizes;
  const due = quick ? quickDueCount : dueCount;
  const within = quick ? quickWithinS : withinS;
  const database = await environment.databases.create({ wallets: 0 });
  environment.say(`seeding ${size.holding * size.holdsPerWallet} open holds`);
  await withClient(database.url, (client) => seedOpenHolds(client, size));
  const scene = await openSceneOn(environment, database);
  const api = await scene.launchApi();
  const postmaster = await postmasterOf(environment.stack.adminUrls.DATABASE_URL);
  const ordinary = { first: size.holding + 1, count: size.wallets - size.holding };

  const credits = async (until: () => boolean): Promise<Phase> => {
    let phase: Omit<Phase, 'postgresUs' | 'apiUs'> | undefined;
    const taken = await takenBy(postmaster, api.pid(), async () => {
      let sent = 0;
      const turn = () => {
        sent += 1;
        const walletId = `w-${ordinary.first + (sent % ordinary.count)}`;
        return [{ name: 'credit', path: `/wallets/${walletId}/credit`, body: '{"amount":"1.00"}' }];
      };
      const played = await playSteps(api.url, turn, { connections, until, turnsMax });
      const { p50, p99 } = played.latencyMs.credit ?? { p50: NaN, p99: NaN };
      phase = { creditsPerS: played.commands / played.seconds, p50Ms: p50, p99Ms: p99 };
      return played.commands;
    });
    if (phase === undefined) throw new Error('the load ended without a result');
    return { ...phase, postgresUs: taken.postgresUs, apiUs: taken.apiUs };
  };

  environment.say('warm-up');
  await credits(afterSeconds(seconds));
  await withClient(database.url, (client) => letFallDue(client, { count: due, inS: leadS, withinS: within }));
  environment.say('credits while nothing is due');
  const quiet = await credits(afterSeconds(Math.min(leadS - 5, 4 * seconds)));
  const watch = watchOverdue(scene.pool, due);
  await watch.begun;
  environment.say(`${due} holds fall due within ${within} s`);
  const beside = await credits(watch.isOver);
  const { releasedAfterS, oldestOverdueS } = await watch.finished;
  await assertConsistent(scene.pool, size.holding * size.holdsPerWallet - due);
  await scene.dismiss();
  return {
    ...{ openHolds: size.holding * size.holdsPerWallet, due, withinS: within },
    ...{ releasedAfterS, oldestOverdueS, quiet, beside },
  };
}

/** Follows what is due from the first end to the release of the last. */
function watchOverdue(pool: Pool, due: number) {
  let over = false;
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const follow = async () => {
    let firstAt = 0;
    let oldestOverdueS = 0;
    const endAt = performance.now() + releasedWithinS * 1e3;
    while (performance.now() < endAt) {
      // It reads a few rows by their keys, because its own cost must not count as the sweep's.
      const { rows } = await pool.query<{ s: number | null; began: boolean; fell: boolean }>(
        `select (${overdueHoldS}) as s,
                (select expires_at from holds where wallet_id = 'w-1' and hold_id = 'seeded-1')
                  <= statement_timestamp() as began,
                (select expires_at from holds where wallet_id = $1::text and hold_id = 'seeded-1')
                  <= statement_timestamp() as fell`,
        [`w-${due}`],
      );
      const [found] = rows;
      if (found === undefined) throw new Error('a select without a table gives one row');
      const { s, began, fell } = found;
      if (began && firstAt === 0) {
        firstAt = performance.now();
        begin();
      }
      oldestOverdueS = Math.max(oldestOverdueS, s ?? 0);
      if (fell && s === null) return { releasedAfterS: (performance.now() - firstAt) / 1e3, oldestOverdueS };
      await pause(pollMs);
    }
    throw new ConsistencyError(`not all of ${due} holds were released within ${releasedWithinS} s`);
  };
  const finished = follow().finally(() => {
    over = true;
    begin();
  });
  finished.catch(() => undefined);
  return { begun, finished, isOver: () => over };
}

/** The rows of wallets sum up what is open. */
async function assertConsistent(pool: Pool, open: number): Promise<void> {
  const { rows } = await pool.query<{ open: string; held: string; remaining: string }>(
    `select count(*) as open, coalesce(sum(remaining_minor), 0) as remaining,
            (select coalesce(sum(held_minor), 0) from wallets) as held
       from holds
      where ended_as is null`,
  );
  const found = rows[0];
  if (Number(found?.open) !== open || found?.held !== found?.remaining)
    throw new ConsistencyError(
      `${found?.open} holds of ${found?.remaining} are open, wallets hold ${found?.held}`,
    );
}
