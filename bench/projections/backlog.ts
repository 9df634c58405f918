// Measures how long a backlog takes: each projection by itself, then both at once. The worker is idle when
// the backlog appears, as if a store had been away.
import type { ProjectionName } from '../../src/projections/registry.ts';
import { harnessKey } from '../../harness/keys.ts';
import { createWalletClient, valueOf } from '../../src/client/index.ts';
import { walletIdOf } from '../load/load.ts';
import type { BenchOptions } from '../options.ts';
import { printTable } from '../../harness/reporting.ts';
import { perSecond, type Target } from '../report.ts';
import { summarize } from '../statistics.ts';
import { seededEvents } from '../database/seed.ts';
import type { BenchEnvironment } from '../environment.ts';
import { openScene, type Scene } from './scene.ts';

const backlog = { wallets: 50_000, eventsPerWallet: 4 };
const smallBacklog = { wallets: 5_000, eventsPerWallet: 4 };

const rows: Readonly<Record<string, readonly ProjectionName[]>> = {
  'read model': ['read-model'],
  ledger: ['ledger'],
  'both at once': ['read-model', 'ledger'],
};

export async function measureBacklog(environment: BenchEnvironment, { rounds, quick }: BenchOptions) {
  const seed = quick ? smallBacklog : backlog;
  const events = seededEvents(seed);
  const rowResults: Record<string, ReturnType<typeof summarize>> = {};
  for (const [name, projections] of Object.entries(rows)) {
    const perS: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      environment.say(`backlog of ${perSecond(events)} events, ${name}, round ${round} of ${rounds} …`);
      perS.push(events / (await drainBacklog(environment, seed, projections)));
    }
    rowResults[name] = summarize(perS);
  }
  printTable(
    `A backlog of ${perSecond(events)} events over ${perSecond(seed.wallets)} wallets (medians)`,
    ['', 'events per s', 'seconds', 'rounds'],
    Object.entries(rowResults).map(([name, { median, rounds: all }]) => [
      name,
      perSecond(median),
      (events / median).toFixed(1),
      all.map(perSecond).join(' '),
    ]),
  );
  const targets = ['read model', 'ledger'].map((name): Target => {
    const { median, rounds: all } = rowResults[name] ?? summarize([]);
    return { name: `events per s of a backlog, ${name}`, value: median, rounds: all, atLeast: 20_000 };
  });
  return { events, figures: rowResults, targets };
}

/** Waits until both have projected an event of after the worker's start, so that no start-up is measured. */
async function drainsAreThere(scene: Scene): Promise<void> {
  const { url } = await scene.launchApi();
  valueOf(
    await createWalletClient({ url, apiKey: harnessKey.text }).creditWallet({
      walletId: walletIdOf(1),
      amount: '1.00',
    }),
  );
  await scene.caughtUp();
}

/** Gives the seconds from the moment that the backlog appears. */
async function drainBacklog(
  environment: BenchEnvironment,
  seed: typeof backlog,
  projections: readonly ProjectionName[],
): Promise<number> {
  const scene = await openScene(environment, seed);
  await drainsAreThere(scene);
  await scene.pool.query('update projector_checkpoints set position = 0 where projection = any($1::text[])', [
    projections,
  ]);
  const seconds = await scene.caughtUp(projections);
  await scene.dismiss();
  return seconds;
}
