// Ways in which a worker, Temporal, a projection or a recovery stands still. The installation has its own
// Temporal.
import type { Pool } from 'pg';
import type { Config } from '../../../src/config/config.ts';
import { appendRows, unknownEvent } from '../../support/appendEvents.ts';
import { eventually } from '../../support/eventually.ts';
import type { TestReceiver } from '../../support/webhookLane.ts';
import type { SystemProcess } from '../../../harness/processes.ts';
import type { Installation } from './installation.ts';
import { overWithinMs, type Way } from './way.ts';

export interface WorkSurroundings {
  readonly installation: Installation;
  readonly pool: Pool;
  /** The settings of another installation, whose worker asks the same task queue. */
  readonly otherConfig: Config;
  /** Workers that were stopped by SIGSTOP, and workers of the other installation. */
  readonly frozen: SystemProcess[];
  readonly foreign: SystemProcess[];
  /** Where webhooks go. */
  readonly receiver: TestReceiver;
  readonly restartTemporal: {
    readonly stop: () => Promise<void>;
    readonly start: () => Promise<void>;
    /** Throws its database away. It must be stopped. */
    readonly empty: () => Promise<void>;
  };
}

type WorkWay = Way<WorkSurroundings>;

/** Types a line that must succeed, as somebody who makes the fault. */
export async function typed({ installation }: WorkSurroundings, line: string): Promise<void> {
  const { code, out, err } = await installation.type(line);
  if (code !== 0) throw new Error(`"${line}" ended with ${code}: ${out}${err}`);
}

/** A run of a drain that is open now. */
async function openRun(all: WorkSurroundings, schedule: string): Promise<string> {
  const { TEMPORAL_NAMESPACE: namespace, SCHEDULE_ID_PREFIX: prefix } = all.installation.config;
  const open = `TemporalScheduledById="${prefix}${schedule}" AND ExecutionStatus="Running"`;
  const list = `temporal workflow list --namespace ${namespace} --query '${open}' --output json`;
  return eventually(async () => {
    const { out } = await all.installation.type(list);
    const [run] = JSON.parse(out) as readonly { readonly execution: { readonly workflowId: string } }[];
    return run?.execution.workflowId;
  });
}

const workerWays: readonly WorkWay[] = [
  {
    name: 'the worker is killed',
    conditions: ['worker-away'],
    strike: ({ installation }) => installation.stopWorker(installation.worker(), 'SIGKILL'),
  },
  {
    name: 'the worker is stopped and holds its connections',
    conditions: ['worker-silent', 'worker-away'],
    strike: ({ installation, frozen }) => {
      const worker = installation.worker();
      worker.child.kill('SIGSTOP');
      frozen.push(worker);
      return Promise.resolve();
    },
    clear: ({ installation, frozen }) =>
      Promise.all(frozen.splice(0).map((worker) => installation.stopWorker(worker, 'SIGKILL'))),
  },
  {
    name: 'a worker of another installation asks the task queue',
    conditions: ['worker-foreign'],
    // Temporal remembers the last poll of a worker that ended.
    overWithinMs: 120_000,
    strike: async ({ installation, otherConfig, foreign }) => {
      foreign.push(await installation.startWorker(otherConfig));
    },
    repair: ({ installation, foreign }) =>
      Promise.all(foreign.splice(0).map((worker) => installation.stopWorker(worker))),
    clear: (all) => typed(all, 'wallet verify'),
  },
];

const scheduleWays: readonly WorkWay[] = [
  {
    name: 'a drain schedule is paused in Temporal',
    runsInTests: true,
    conditions: ['schedule-paused'],
    strike: (all) => typed(all, scheduleLine(all, 'toggle', 'drain-ledger', '--pause --reason noise')),
  },
  {
    name: 'the schedule of the upkeep is paused in Temporal',
    conditions: ['upkeep-paused'],
    strike: (all) => typed(all, scheduleLine(all, 'toggle', 'prune-outbox', '--pause --reason noise')),
  },
  {
    name: 'a projection is paused by the command line',
    conditions: ['schedule-paused'],
    strike: (all) => typed(all, 'wallet projections pause read-model --note "index moves"'),
  },
  {
    name: 'a drain is paused inside Temporal',
    conditions: ['run-paused'],
    strike: async (all) => {
      const { TEMPORAL_NAMESPACE: namespace } = all.installation.config;
      // A run may end between the questions. Then the next one is asked.
      await eventually(async () => {
        const of = `--namespace ${namespace} --workflow-id ${await openRun(all, 'drain-ledger')}`;
        const { out } = await all.installation.type(`temporal workflow describe ${of} --output json`);
        const [, activityId] = /"activityId":\s*"([^"]+)"/.exec(out) ?? [];
        if (activityId === undefined) return false;
        await typed(all, `temporal activity pause ${of} --activity-id ${activityId}`);
        return true;
      });
    },
  },
  {
    name: 'a drain schedule is deleted',
    conditions: ['schedule-missing'],
    strike: (all) => typed(all, scheduleLine(all, 'delete', 'drain-ledger', '')),
    // The advice is to wait for the worker.
    repair: () => Promise.resolve(),
  },
  {
    name: 'the namespace loses a search attribute',
    runsInTests: true,
    conditions: ['search-attribute-missing'],
    strike: (all) => typed(all, 'temporal operator search-attribute remove --name RecoveryStatus --yes'),
  },
];

const recoveryWays: readonly WorkWay[] = [
  {
    name: 'an event can not be projected',
    conditions: ['events-parked'],
    strike: async ({ installation, pool }) => {
      await installation.post('/wallets', { walletId: 'parked', ownerId: 'owner' });
      await appendRows(pool, [unknownEvent('parked', 2)]);
    },
    repair: async (all) => {
      const { out } = await all.installation.type('wallet parked --json');
      const { failures } = JSON.parse(out) as {
        readonly failures: readonly { readonly projection: string; readonly position: number }[];
      };
      for (const { projection, position } of failures)
        await typed(all, `wallet parked skip ${projection} ${position} --reason "nobody can read it"`);
    },
  },
  {
    name: 'a recovery keeps failing',
    conditions: ['recovery-fails', 'recovery-failed'],
    strike: async (all) => {
      await all.pool.query(`
        create function no_rebuild() returns trigger language plpgsql as
        $$ begin raise exception 'the store says no'; end $$`);
      await all.pool.query(`
        create trigger no_rebuild before insert on ledger_rebuilds
        for each statement execute function no_rebuild()`);
      await typed(all, 'wallet rebuild --ledger --detach');
    },
    repair: ({ pool }) => pool.query('drop function no_rebuild cascade'),
  },
];

/** A wallet that is created now reaches the ledger. */
async function mustProject({ installation, pool }: WorkSurroundings, walletId: string): Promise<void> {
  await installation.post('/wallets', { walletId, ownerId: 'owner', initialBalance: 1 });
  await eventually(async () => {
    const { rowCount } = await pool.query('select from ledger_entries where account = $1', [
      `wallet:${walletId}`,
    ]);
    return (rowCount ?? 0) > 0;
  }, 60_000);
}

const temporalWays: readonly WorkWay[] = [
  {
    name: 'Temporal is gone',
    conditions: ['temporal-away'],
    strike: ({ restartTemporal }) => restartTemporal.stop(),
    repair: ({ restartTemporal }) => restartTemporal.start(),
  },
  {
    name: 'Temporal starts with an empty database',
    runsInTests: true,
    // The schedules may be made again before anybody asks, so only the outage is sure to be seen.
    conditions: ['temporal-away', 'schedule-missing'],
    strike: async ({ restartTemporal }) => {
      await restartTemporal.stop();
      await restartTemporal.empty();
    },
    repair: ({ restartTemporal }) => restartTemporal.start(),
    clear: async (all) => {
      const { lines } = all.installation.worker();
      await eventually(() => lines.some((line) => line.includes('had lost schedules')), overWithinMs);
      await mustProject(all, 'after-loss');
    },
  },
];

export const workWays: readonly WorkWay[] = [
  ...scheduleWays,
  ...recoveryWays,
  ...temporalWays,
  ...workerWays,
];

function scheduleLine({ installation }: WorkSurroundings, verb: string, name: string, more: string): string {
  const { TEMPORAL_NAMESPACE: namespace, SCHEDULE_ID_PREFIX: prefix } = installation.config;
  return `temporal schedule ${verb} --namespace ${namespace} --schedule-id ${prefix}${name} ${more}`;
}
