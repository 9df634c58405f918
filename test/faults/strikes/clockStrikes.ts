// Processes whose clocks are apart by up to an hour, in either direction. A strike leaves the wrong clock running; the
// next start of that process, or `calm`, sets it right.
import type { SystemProcess } from '../processes.ts';
import type { FaultKind } from './faultKind.ts';
import { between, freeProcesses, pick } from './striking.ts';

const shiftMinMs = 60_000;
const shiftMaxMs = 3_600_000;

function clockStrike(part: 'api' | 'worker', title: string): FaultKind {
  return {
    kind: `${title} with a wrong clock`,
    part,
    async strike(stand, random, signal) {
      const all: readonly SystemProcess[] = part === 'api' ? stand.apis : stand.workers;
      const chosen = pick(await freeProcesses(all, signal), random);
      return chosen.exclusively(async () => {
        const clockShiftMs = between(shiftMinMs, shiftMaxMs, random) * (random() < 0.5 ? -1 : 1);
        await chosen.restart({ clockShiftMs });
        const seenMs = clockOf(chosen) - Date.now();
        const isWrong = Math.abs(seenMs - clockShiftMs) < shiftMinMs / 2;
        return { struck: isWrong ? 1 : 0, detail: { process: chosen.name, clockShiftMs } };
      });
    },
  };
}

/** What the process takes the time for, by the line with which it said that it is ready. */
function clockOf(process: SystemProcess): number {
  const line = process.lines().findLast((each) => each.includes(`"msg":"${process.program} ready"`));
  if (line === undefined) return Number.NaN;
  const { time } = JSON.parse(line) as { time: string | number };
  return new Date(time).getTime();
}

export const clockStrikes: readonly FaultKind[] = [
  clockStrike('api', 'API'),
  clockStrike('worker', 'worker'),
];
