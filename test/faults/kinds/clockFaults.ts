// Processes whose clocks jump by up to an hour, forwards or backwards. They then differ from each other and
// from PostgreSQL's clock. The clock stays wrong, even over restarts, until the next fault or `heal` sets it.
import { between, pick } from '../../../harness/random.ts';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RestartableProcess } from '../restartableProcess.ts';
import type { FaultKind } from './faultKind.ts';
import { freeProcesses, until } from './waits.ts';

const shiftMinMs = 60_000;
const shiftMaxMs = 3_600_000;
const seenWithinMs = 2_000;

function clockFault(part: 'api' | 'worker', title: string): FaultKind {
  return {
    kind: `${title} with a wrong clock`,
    part,
    async inject(environment, random, signal) {
      const all: readonly RestartableProcess[] = part === 'api' ? environment.apis : environment.workers;
      const chosen = pick(random, await freeProcesses(all, signal));
      return chosen.exclusively(async () => {
        const shiftMs = between(random, shiftMinMs, shiftMaxMs) * (random() < 0.5 ? -1 : 1);
        const seen = `${chosen.clockFile}.seen`;
        rmSync(seen, { force: true });
        writeFileSync(chosen.clockFile, String(shiftMs));
        chosen.kill('SIGWINCH');
        await until(() => existsSync(seen), seenWithinMs, signal);
        const apartMs = existsSync(seen) ? Number(readFileSync(seen, 'utf8')) - Date.now() : 0;
        const isWrong = Math.abs(apartMs - shiftMs) < shiftMinMs / 2;
        return { hits: isWrong ? 1 : 0, detail: { process: chosen.name, shiftMs } };
      });
    },
  };
}

export const clockFaults: readonly FaultKind[] = [clockFault('api', 'API'), clockFault('worker', 'worker')];
