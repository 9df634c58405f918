// Runs the workflows of the year on a worker that dies at each of their failpoints once. Another worker then
// takes the activity over, as soon as its heartbeats are missed. The failpoints are armed through the file of
// src/failpoints.ts.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { upkeepFailpoints } from '../../harness/upkeepFailpoints.ts';
import type { FailpointName } from '../../src/failpoints.ts';
import { type BenchEnvironment, type BenchProcess, launchWorker, type Settings } from '../environment.ts';
import type { Scene } from '../projections/scene.ts';

export interface Workers {
  readonly pid: () => number;
  /** Runs a workflow under the id that an operator's run has, and gives its result. */
  readonly run: <R>(workflow: string, id: string, argument?: object) => Promise<R>;
  /**
   * The same. The worker dies at the next failpoint of the workflow, if one is left and the run passes it.
   */
  readonly runKilled: <R>(
    workflow: keyof typeof upkeepFailpoints,
    id: string,
    argument?: object,
  ) => Promise<R>;
  /** The failpoints at which a worker died. */
  readonly killed: () => readonly FailpointName[];
  /** Those that no run has passed. */
  readonly left: () => readonly FailpointName[];
  readonly stop: () => Promise<void>;
}

/** `crashFile` is the one that the settings name. The scene's own worker is the first. */
export function createWorkers(
  environment: BenchEnvironment,
  scene: Scene,
  settings: Settings,
  crashFile: string,
): Workers {
  let worker: BenchProcess = scene.worker;
  let armings = 0;
  const killed: FailpointName[] = [];
  const isLeft = (point: FailpointName) => !killed.includes(point);

  const run: Workers['run'] = (workflow, id, argument = {}) =>
    scene.temporal.workflow.execute(workflow, {
      ...{ taskQueue: scene.taskQueue, workflowId: scene.idPrefix + id, args: [argument] },
    });

  function arm(point: FailpointName): void {
    armings += 1;
    const armed = { point, passage: 1, signal: 'SIGKILL', arming: armings };
    rmSync(`${crashFile}.reached`, { force: true });
    // Renamed into place, so that the worker never reads half of it.
    writeFileSync(`${crashFile}.new`, JSON.stringify(armed));
    renameSync(`${crashFile}.new`, crashFile);
  }

  async function runKilled<R>(
    workflow: keyof typeof upkeepFailpoints,
    id: string,
    argument?: object,
  ): Promise<R> {
    const point = upkeepFailpoints[workflow].find(isLeft);
    if (point === undefined) return run<R>(workflow, id, argument);
    arm(point);
    const result = run<R>(workflow, id, argument);
    // It may fail while another worker is started.
    result.catch(() => undefined);
    const how = await Promise.race([worker.letEnd(), result.then(() => undefined)]);
    rmSync(crashFile, { force: true });
    if (how === undefined && !existsSync(`${crashFile}.reached`)) return result;
    const end = how ?? (await worker.letEnd());
    if (end !== 'SIGKILL') throw new Error(`the worker ended with ${end} instead of dying at ${point}`);
    killed.push(point);
    worker = await launchWorker(environment, scene.target.database.url, settings);
    return result;
  }

  return {
    ...{ run, runKilled },
    pid: () => worker.pid(),
    killed: () => killed,
    left: () => Object.values(upkeepFailpoints).flat().filter(isLeft),
    stop: () => worker.stop(),
  };
}
