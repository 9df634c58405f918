// Measures rebuilds and a verification of a log of which one event in ten is a hold, its end, a freeze or a
// change of details, beside a log of credits alone.
import { withClient } from '../../harness/databases.ts';
import { ConsistencyError } from '../database/check.ts';
import type { BenchEnvironment } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { openSceneOn } from '../projections/scene.ts';
import { median } from '../statistics.ts';
import { postmasterOf, processMs, serverMs } from './processTime.ts';
import { seedHistories } from './seedState.ts';

const wallets = 50_000;
const walletsIfQuick = 2_500;
const eventsPerWallet = 20;

const works = {
  'read model': { workflow: 'rebuildAllReadModels', argument: { graceS: 0 } },
  ledger: { workflow: 'rebuildLedger', argument: {} },
  verification: { workflow: 'verifyProjections', argument: {} },
} as const;
type Work = keyof typeof works;

export interface RebuildRow {
  readonly work: Work;
  readonly log: 'credits' | 'one in ten';
  readonly eventsPerS: number;
  /** Microseconds an event. */
  readonly workerUs: number;
  readonly postgresUs: number;
  readonly rounds: number;
}

export async function measureRebuilds(
  environment: BenchEnvironment,
  { rounds, quick }: BenchOptions,
): Promise<readonly RebuildRow[]> {
  const samples = new Map<string, Omit<RebuildRow, 'work' | 'log' | 'rounds'>[]>();
  const postmaster = await postmasterOf(environment.stack.adminUrls.DATABASE_URL);
  const logs = ['credits', 'one in ten'] as const;
  const scenes = [];
  for (const log of logs) {
    const database = await environment.databases.create({ wallets: 0 });
    environment.say(`seeding the log of ${log}`);
    const events = await withClient(database.url, (client) =>
      seedHistories(client, {
        ...{ wallets: quick ? walletsIfQuick : wallets, eventsPerWallet },
        mixed: log !== 'credits',
      }),
    );
    scenes.push({ log, events, scene: await openSceneOn(environment, database) });
  }
  for (let round = 1; round <= rounds; round += 1)
    for (const work of Object.keys(works) as Work[])
      for (const { log, events, scene } of round % 2 === 1 ? scenes : scenes.toReversed()) {
        environment.say(`${work} of ${log}, round ${round} of ${rounds}`);
        const { workflow, argument } = works[work];
        const before = [processMs(scene.worker.pid()), serverMs(postmaster)] as const;
        const startedAt = performance.now();
        const result: unknown = await scene.temporal.workflow.execute(workflow, {
          taskQueue: scene.taskQueue,
          workflowId: `${scene.idPrefix}${work.replace(' ', '-')}`,
          args: [argument],
        });
        assertClean(work, result);
        const us = (ms: number) => (ms * 1e3) / events;
        samples.set(`${work} ${log}`, [
          ...(samples.get(`${work} ${log}`) ?? []),
          {
            eventsPerS: (events * 1e3) / (performance.now() - startedAt),
            workerUs: us(processMs(scene.worker.pid()) - before[0]),
            postgresUs: us(serverMs(postmaster) - before[1]),
          },
        ]);
      }
  for (const { scene } of scenes) await scene.dismiss();
  return (Object.keys(works) as Work[]).flatMap((work) =>
    logs.map((log) => {
      const of = samples.get(`${work} ${log}`) ?? [];
      return {
        ...{ work, log, rounds: of.length },
        eventsPerS: median(of.map(({ eventsPerS }) => eventsPerS)),
        workerUs: median(of.map(({ workerUs }) => workerUs)),
        postgresUs: median(of.map(({ postgresUs }) => postgresUs)),
      };
    }),
  );
}

/** The seeded rows are those that the service would have written, so a verification finds nothing. */
function assertClean(work: Work, result: unknown): void {
  const { differencesCount = 0 } = (result ?? {}) as { differencesCount?: number };
  if (differencesCount > 0)
    throw new ConsistencyError(`${work}: ${differencesCount} differences: ${JSON.stringify(result)}`);
}
