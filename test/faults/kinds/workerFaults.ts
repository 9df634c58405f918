// Worker processes that end in the middle of a pass. The worker that takes the drain over finds the pass half
// done.
import { between, pick } from '../../../harness/random.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { FailpointName } from '../../../src/failpoints.ts';
import { killAtStep } from './killAtStep.ts';
import { type Looping, restartWaiting } from './drains.ts';
import type { FaultKind } from './faultKind.ts';
import { freeProcesses } from './waits.ts';

/** A drain or the sweep has to run, and something has to reach the step within this. */
const reachedWithinMs = 5_000;
const passageMax = 4;
const killAfterMaxMs = 300;

type Step = readonly [FailpointName, string, readonly Looping[], number?];
const drains: readonly Looping[] = ['drain-read-model', 'drain-ledger'];
const steps: readonly Step[] = [
  ['afterRead', 'after it read a page', drains],
  ['afterPageWritten', 'after it wrote a page, while earlier pages may be in hand', drains],
  ['afterElasticsearch', 'after Elasticsearch took a page', ['drain-read-model']],
  ['afterLedgerInsert', 'after the ledger took a page, uncommitted', ['drain-ledger']],
  ['beforeCheckpoint', 'before the checkpoint moves', drains],
  ['afterCheckpoint', 'after the checkpoint moved', drains],
];
const stepsOfSweep: readonly Step[] = [
  // It reads a page about once a second, and only while something is due.
  ['afterDuePage', 'after it read what is due', ['expire-holds'], 1],
  ['afterDueEnded', 'after it ended something due', ['expire-holds']],
];

const killedAtStep = ([point, words, schedules, last = passageMax]: Step): FaultKind => ({
  kind: `worker killed ${words}`,
  part: 'worker',
  async inject(environment, random, signal) {
    const free = await freeProcesses(environment.workers, signal);
    await restartWaiting(environment, schedules);
    // Any of them may have the run.
    const passage = between(random, 1, last);
    return killAtStep(environment, free, { point, passage, reachedWithinMs }, signal);
  },
});

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

const drainFaults: readonly FaultKind[] = [...steps.map(killedAtStep), killed];

export const workerFaults: readonly FaultKind[] = [...drainFaults, ...stepsOfSweep.map(killedAtStep)];

/** True if the kind kills a worker that drains, so that another one has to take over. */
export function isWorkerKill(kind: FaultKind): boolean {
  return drainFaults.includes(kind);
}
