// PostgreSQL, Elasticsearch and Temporal are killed or stopped, and started again.
import { between, pick } from '../../../harness/random.ts';
import { setTimeout as pause } from 'node:timers/promises';
import type { PartName } from '../../../stack/part.ts';
import type { Random } from '../../../harness/proxy/proxy.ts';
import type { FaultKind } from './faultKind.ts';
import { killPart } from './killPart.ts';

const awayMaxMs = 300;
const commandPath = 'wallet-commands';
const applications = [commandPath, 'wallet-reads', 'wallet-worker'];

const connectionsTerminated: FaultKind = {
  kind: 'PostgreSQL connections terminated',
  part: 'postgres',
  async inject(environment, random) {
    const { rows: found } = await environment.database.query<{ application: string }>(
      `select distinct split_part(application_name, '@', 1) as application
         from pg_stat_activity
        where datname = current_database()
          and split_part(application_name, '@', 1) = any($1::text[])`,
      [applications],
    );
    const present = found.map(({ application }) => application);
    if (present.length === 0) return { hits: 0 };
    // The command path is chosen twice as often: there a lost connection can leave an outcome open.
    const application = pick(random, [...present, ...present.filter((name) => name === commandPath)]);
    const { rows } = await environment.database.query<{ terminated: boolean }>(
      `select pg_terminate_backend(pid) as terminated
         from pg_stat_activity
        where datname = current_database()
          and split_part(application_name, '@', 1) = $1::text`,
      [application],
    );
    return { hits: rows.filter(({ terminated }) => terminated).length, detail: { application } };
  },
};

const postmasterKilled: FaultKind = {
  kind: 'PostgreSQL killed with all backends',
  part: 'postgres',
  async inject({ stack }, random, signal) {
    const { died, children } = await killPart(stack, 'postgres', signal);
    await pause(between(random, 0, awayMaxMs));
    await stack.supervisor.start('postgres');
    return { hits: died ? 1 : 0, detail: { backends: children } };
  },
};

/** Share of the faults that use SIGKILL. It is harder on the part than an orderly stop, and it is faster. */
const killedShare = 0.8;

function stoppedAndStarted(kind: string, part: Extract<PartName, 'elasticsearch' | 'temporal'>): FaultKind {
  return {
    kind,
    part,
    async inject({ stack }, random: Random, signal) {
      const isKilled = random() < killedShare;
      let gone = true;
      if (isKilled) gone = (await killPart(stack, part, signal)).died;
      else await stack.supervisor.stop(part);
      gone &&= stack.supervisor.processes()[part] === undefined;
      await stack.supervisor.start(part);
      return { hits: gone ? 1 : 0, detail: { how: isKilled ? 'killed' : 'stopped' } };
    },
  };
}

export const partFaults: readonly FaultKind[] = [
  connectionsTerminated,
  postmasterKilled,
  stoppedAndStarted('Elasticsearch stopped and started', 'elasticsearch'),
  stoppedAndStarted('Temporal stopped and started', 'temporal'),
];
