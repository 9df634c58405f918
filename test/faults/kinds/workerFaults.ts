// Worker processes that end in the middle of a pass. The worker that takes the drain over finds the pass half
// done.
import { between, pick } from '../../../harness/random.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailpointName } from '../../../src/failpoints.ts';
import { killAtStep } from './killAtStep.ts';
import { allDrains, type Drain, restartWaitingDrains } from './drains.ts';
import type { FaultKind } from './faultKind.ts';
import { freeProcesses } from './waits.ts';

/** A drain has to run and an event has to reach the step within this. */
const reachedWithinMs = 5_000;
const passageMax = 4;
const killAfterMaxMs = 300;

const steps: readonly (readonly [FailpointName, string, readonly Drain[]])[] = [
  ['afterRead', 'after it read a page', allDrains],
  ['afterElasticsearch', 'after Elasticsearch took a page', ['read-model']],
  ['afterLedgerInsert', 'after the ledger took a page, uncommitted', ['ledger']],
  ['beforeCheckpoint', 'before the checkpoint moves', allDrains],
  ['afterCheckpoint', 'after the checkpoint moved', allDrains],
];

const killedAtStep = steps.map(([point, words, drains]): FaultKind => ({
  kind: `worker killed ${words}`,
  part: 'worker',
  async inject(environment, random, signal) {
    const free = await freeProcesses(environment.workers, signal);
    await restartWaitingDrains(environment, drains);
    // Any of them may have the drain.
    const passage = between(random, 1, passageMax);
    return killAtStep(environment, free, { point, passage, reachedWithinMs }, signal);
  },
}));

const killed: FaultKind = {
  kind: 'worker killed at random',
  part: 'worker',
  async inject(environment, random, signal) {
    const worker = pick(random, await freeProcesses(environment.workers, signal));
    return worker.exclusively(async () => {
      await pause(between(random, 0, killAfterMaxMs));
      const sent = worker.kill('SIGKILL');
      const how = await worker.ended();
      worker.restartMeanwhile();
      return { hits: sent && how === 'SIGKILL' ? 1 : 0, detail: { process: worker.name } };
    });
  },
};

export const workerFaults: readonly FaultKind[] = [...killedAtStep, killed];

/** True if the kind kills a worker, so that another one has to take over. */
export function isWorkerKill(kind: FaultKind): boolean {
  return workerFaults.includes(kind);
}
