// Faults that replace a process by another release and back, one after the other, as a rolling upgrade does.
import { pick } from '../../../harness/random.ts';
import { levelMax } from '../../../src/eventStore/levels.ts';
import { openNextLevel, readLevel } from '../../../src/eventStore/openLevels.ts';
import type { FaultEnvironment } from '../faultEnvironment.ts';
import type { RestartableProcess } from '../restartableProcess.ts';
import type { FaultKind } from './faultKind.ts';
import { freeProcesses } from './waits.ts';

/** A rolling upgrade stops one process while another one serves. */
const servingMin = 2;

type ProcessesOf = (environment: FaultEnvironment) => readonly RestartableProcess[];

function replaced(part: 'api' | 'worker', words: string, processesOf: ProcessesOf): FaultKind {
  return {
    kind: `${words} replaced by another release`,
    part,
    async inject(environment, random, signal) {
      const free = await freeProcesses(processesOf(environment), signal, servingMin);
      const chosen = pick(random, free);
      const others = environment.releases.filter((release) => release !== chosen.release());
      if (others.length === 0) return { hits: 0 };
      const next = pick(random, others);
      const how = await chosen.exclusively(() => chosen.replace(next));
      return { hits: how === 0 ? 1 : 0, detail: { process: chosen.name, ended: how } };
    },
  };
}

/** Only for a run beside another release. */
export const releaseFaults: readonly FaultKind[] = [
  replaced('api', 'API', ({ apis }) => apis),
  replaced('worker', 'worker', ({ workers }) => workers),
];

/**
 * Ends the upgrade: every process runs this release, and all levels are open. Nothing waits for ten minutes,
 * because the migration and the reports of the other release are dated back. Throws if a level does not open.
 */
export async function finishUpgrade(environment: FaultEnvironment): Promise<void> {
  const { apis, workers, releases, database } = environment;
  const [own = ''] = releases;
  for (const each of [...apis, ...workers])
    if (each.release() !== own) await each.exclusively(() => each.replace(own));
  await database.query(
    `update service_processes
        set seen_at = seen_at - interval '1 hour'
      where level < $1::smallint`,
    [levelMax],
  );
  await database.query("update schema_migrations set applied_at = applied_at - interval '1 hour'");
  while ((await readLevel(database)) < levelMax)
    if ((await openNextLevel(database)) === undefined) throw new Error('a level does not open');
}
