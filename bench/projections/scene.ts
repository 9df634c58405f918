// One database with the processes around it: a worker that projects it, and an API if commands are to come
// in.
import { Client as Elasticsearch } from '@elastic/elasticsearch';
import { Client as Temporal, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { nameOfDatabase } from '../../harness/databases.ts';
import { caughtUp } from '../../harness/settle.ts';
import { type ProjectionName, projectionNames } from '../../src/projections/registry.ts';
import { ensureWalletsIndex, walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { type Measured, measured } from '../measure.ts';
import {
  type BenchProcess,
  launchApi,
  launchWorker,
  projectionSettings,
  type Settings,
} from '../environment.ts';
import type { BenchDatabase } from '../database/databases.ts';
import type { Seed } from '../database/seed.ts';
import type { BenchEnvironment } from '../environment.ts';

const caughtUpWithinMs = 300_000;

export interface Scene {
  readonly target: Measured;
  readonly worker: BenchProcess;
  readonly pool: Pool;
  readonly elasticsearch: Elasticsearch;
  readonly temporal: Temporal;
  /** The alias that is read. */
  readonly index: string;
  readonly taskQueue: string;
  /** Begins the ids of schedules and workflows. */
  readonly idPrefix: string;
  readonly launchApi: (settings?: Settings) => Promise<BenchProcess>;
  /** Waits until the projections reach the head of the log. Gives the seconds. */
  readonly caughtUp: (names?: readonly ProjectionName[]) => Promise<number>;
  readonly dismiss: () => Promise<void>;
}

/** Makes the database and starts a worker on it. */
export async function openScene(
  environment: BenchEnvironment,
  seed: Seed,
  settings: Settings = {},
): Promise<Scene> {
  return openSceneOn(environment, await environment.databases.create(seed), settings);
}

/**
 * Starts a worker on the database, which belongs to the scene from then on. Its empty index exists
 * beforehand: a worker that finds none drains the whole log, during the measurement.
 */
export async function openSceneOn(
  environment: BenchEnvironment,
  database: BenchDatabase,
  settings: Settings = {},
): Promise<Scene> {
  const { stack, signal } = environment;
  const target = measured(database);
  const { url } = target.database;
  const name = nameOfDatabase(url);
  const pool = new Pool({ connectionString: url, max: 4, application_name: 'wallet-bench' });
  pool.on('error', () => undefined);
  const elasticsearch = new Elasticsearch({ node: stack.urls.ELASTICSEARCH_URL });
  const connection = await Connection.connect({ address: stack.urls.TEMPORAL_ADDRESS });
  await ensureWalletsIndex({ pool, elasticsearch, indexPrefix: `${name}-` });
  const worker = await launchWorker(environment, url, settings);
  let api: BenchProcess | undefined;
  const scene: Scene = {
    target,
    worker,
    pool,
    elasticsearch,
    temporal: new Temporal({ connection }),
    index: walletsAlias(`${name}-`),
    taskQueue: name,
    idPrefix: `${name}-`,
    launchApi: async (apiSettings = {}) => {
      api = await launchApi(environment, url, { ...projectionSettings(environment, url), ...apiSettings });
      return api;
    },
    caughtUp: async (projections = projectionNames) =>
      (await caughtUp(pool, { projections, waitMaxMs: caughtUpWithinMs, signal })) / 1e3,
    dismiss: async () => {
      await api?.stop();
      await worker.stop();
      await removeSchedules(scene);
      await removeIndices(scene);
      await Promise.all([pool.end(), elasticsearch.close(), connection.close()]);
      await target.database.drop();
    },
  };
  return scene;
}

/** Without a worker a schedule would go on starting workflows that nobody runs. */
async function removeSchedules({ temporal, idPrefix }: Scene): Promise<void> {
  for await (const { scheduleId } of temporal.schedule.list()) {
    if (scheduleId.startsWith(idPrefix)) await temporal.schedule.getHandle(scheduleId).delete();
  }
}

async function removeIndices({ elasticsearch, index }: Scene): Promise<void> {
  const found = Object.keys(await elasticsearch.indices.get({ index: `${index}-*`, allow_no_indices: true }));
  for (const name of found) await elasticsearch.indices.delete({ index: name });
}
