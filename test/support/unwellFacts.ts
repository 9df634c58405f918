// Brings about every condition of the health model, by facts that were made by hand. Tests judge them, and
// docs/conditions.md shows what is said of them.
import { levelMax } from '../../src/eventStore/levels.ts';
import type { LevelFacts } from '../../src/eventStore/readLevels.ts';
import type { EndpointsFound, Facts, WebhookFacts } from '../../src/health/facts.ts';
import type { ServerSetting } from '../../src/health/serverSettings.ts';
import type { RecoveryHealth } from '../../src/temporal/recoveryHealth.ts';
import type { RunHealth } from '../../src/temporal/runHealth.ts';
import type { ScheduleState } from '../../src/temporal/temporalHealth.ts';
import { away, changed, settingOf, wellFacts, wellServerSettings, wellWebhooks } from './healthFacts.ts';

interface UnwellFacts {
  readonly facts: Facts;
  /** The subjects that the condition names. Absent if it names none. */
  readonly subjects?: readonly string[];
}

const twoEndpoints: EndpointsFound = {
  ...{ count: 2, since: new Date(0) },
  first: { id: 'whe_0123456789abcdef01234567', tenant: 'acme' },
};

/** For each condition the facts under which it alone is found. */
export const unwellFacts: Readonly<Record<string, UnwellFacts>> = {
  'postgres-away': { facts: away('postgres') },
  'postgres-refuses-writes': {
    facts: changed('postgres', { refusal: 'cannot execute INSERT in a read-only transaction' }),
  },
  'postgres-unfit': { facts: changed('postgres', { unfit: ['fsync is off: set it to on'] }) },
  'postgres-settings-costly': {
    facts: withServerSettings({ max_wal_size: settingOf('1GB', '1024') }),
    subjects: ['max_wal_size'],
  },
  'prune-refused': {
    facts: changed('postgres', {
      refusedPrunes: [{ subject: 'outbox rows', refusal: 'a clock may have jumped', since: new Date(0) }],
    }),
    subjects: ['outbox rows'],
  },
  'generations-overdue': { facts: changed('postgres', { generationOverdueS: 13 * 3_600 }) },
  'tenants-unwalled': { facts: changed('postgres', { wallGap: 'DATABASE_READ_ROLE names no role' }) },
  'events-unprotected': { facts: changed('postgres', { mayChangeEvents: true }) },
  'commits-fail': {
    facts: {
      ...wellFacts,
      process: { ...wellFacts.process, commitsFailed: { count: 3, reason: 'disk full' } },
    },
  },
  'lock-bypassed': {
    facts: { ...wellFacts, process: { ...wellFacts.process, locksBypassed: { count: 3, reason: 'late' } } },
  },
  'rate-limits-local': {
    facts: { ...wellFacts, process: { ...wellFacts.process, ratesLocal: { count: 3, reason: 'late' } } },
  },
  'segments-few': {
    facts: changed('postgres', {
      segments: { segments: 12, empty: 1, filled: 0.5, locksPerTransaction: 64 },
    }),
  },
  'segments-many': {
    facts: changed('postgres', {
      segments: { segments: 40, empty: 2, filled: 0.5, locksPerTransaction: 64 },
    }),
  },
  'archive-stuck': {
    facts: changed('postgres', {
      archive: {
        segment: 12,
        step: 'exported',
        waitsFor: null,
        waitsS: 0,
        problem: 'segment-000012/events.parquet has another SHA-256 than its manifest says',
      },
    }),
  },
  'level-kept-closed': {
    facts: withLevels({ open: 1, keptClosedBy: ['the session "wallet-reads" with process id 4711'] }),
  },
  'level-unknown': { facts: withLevels({ open: levelMax + 1 }) },
  'webhook-key-missing': { facts: withWebhooks({ hasKey: false }) },
  'webhook-secrets-unreadable': {
    facts: withWebhooks({ unreadable: { ...twoEndpoints, keyIds: ['1a2b3c4d'] } }),
  },
  'webhook-wallets-held-up': { facts: withWebhooks({ heldUp: twoEndpoints }) },
  'webhook-endpoints-failing': { facts: withWebhooks({ failing: twoEndpoints }) },
  'webhook-endpoints-disabled': { facts: withWebhooks({ givenUp: twoEndpoints }) },
  'ledger-conversion-due': { facts: changed('postgres', { ledgerForm: 'legs' }) },
  'checkpoint-missing': {
    facts: changed('postgres', { checkpointsMissing: ['ledger'] }),
    subjects: ['ledger'],
  },
  'redis-away': { facts: away('redis') },
  'redis-refuses-lock': { facts: changed('redis', { refusal: "READONLY You can't write" }) },
  'elasticsearch-away': { facts: away('elasticsearch') },
  'elasticsearch-red': { facts: changed('elasticsearch', { status: 'red' }) },
  'elasticsearch-refuses-writes': {
    facts: changed('elasticsearch', {
      blocks: ['cluster read-only (api)'],
      indexes: [
        { index: 'wallets-000001', isClosed: false, blocks: ['index read-only / allow delete (api)'] },
        { index: 'wallets-000002', isClosed: true, blocks: ['index closed'] },
        { index: 'wallets-000003', isClosed: false, blocks: [] },
      ],
    }),
    subjects: ['cluster', 'wallets-000001', 'wallets-000002'],
  },
  'temporal-away': { facts: away('temporal') },
  'worker-away': { facts: changed('temporal', { pollers: [] }) },
  'worker-silent': {
    facts: withSchedule('drain-ledger', {
      run: run({ attempt: 3, silentWorker: 'wallet/0123456789ab 7@host' }),
    }),
    subjects: ['wallet/0123456789ab 7@host'],
  },
  'worker-foreign': {
    facts: changed('temporal', { pollers: [{ identity: 'wallet/ffffffffffff 1@b', pollAgeS: 1 }] }),
    subjects: ['wallet/ffffffffffff 1@b'],
  },
  'worker-unknown': {
    facts: changed('temporal', { pollers: [{ identity: '1@b', pollAgeS: 1 }] }),
    subjects: ['1@b'],
  },
  'search-attribute-missing': {
    facts: changed('temporal', { searchAttributesMissing: ['Projection'] }),
    subjects: ['Projection'],
  },
  'schedule-missing': { facts: withSchedule('drain-ledger', null), subjects: ['drain-ledger'] },
  'schedule-paused': {
    facts: withSchedule('drain-ledger', { paused: true, note: 'moves' }),
    subjects: ['drain-ledger'],
  },
  'upkeep-paused': { facts: withSchedule('prune-outbox', { paused: true }), subjects: ['prune-outbox'] },
  'schedule-hangs': { facts: withSchedule('drain-ledger', { idleS: 181 }), subjects: ['drain-ledger'] },
  'verification-overdue': { facts: withVerification({}), subjects: ['verify-projections'] },
  'run-paused': {
    facts: withSchedule('drain-ledger', { run: run({ isPaused: true }) }),
    subjects: ['drain-ledger'],
  },
  'run-stuck': {
    facts: withSchedule('drain-ledger', { run: run({ taskAttempt: 4, taskFailure: 'no such workflow' }) }),
    subjects: ['drain-ledger'],
  },
  'run-fails': {
    facts: {
      ...withLedger({ behind: 5n }),
      temporal: withSchedule('drain-ledger', { run: run({ attempt: 4, lastFailure: 'disk full' }) }).temporal,
    },
    subjects: ['drain-ledger'],
  },
  'recovery-failed': {
    facts: failedRecovery('r'),
    subjects: ['rebuild-ledger'],
  },
  'recovery-fails': {
    facts: withRecovery({ run: run({ attempt: 4, lastFailure: 'disk full' }) }),
    subjects: ['rebuild-ledger'],
  },
  'recovery-paused': { facts: withRecovery({ isPaused: true }), subjects: ['rebuild-ledger'] },
  'differences-found': {
    facts: withRecovery({ state: 'COMPLETED', result: { differencesCount: 2 } }),
    subjects: ['rebuild-ledger'],
  },
  'holds-overdue': { facts: changed('postgres', { holdOverdueS: 61 }) },
  'projection-late': { facts: withLedger({ behind: 5n, lagS: 31 }), subjects: ['ledger'] },
  'optional-projection-unwell': { facts: withOptional(), subjects: ['owners'] },
  'log-gap': {
    facts: withLedger({
      behind: 2n,
      gap: { position: 5n, next: { position: 6n, walletId: 'wallet-001', version: 3 } },
    }),
    subjects: ['ledger'],
  },
  'commands-refused': {
    facts: {
      ...wellFacts,
      process: { ...wellFacts.process, commandsRefused: { count: 3, reason: 'QUEUE_FULL' } },
    },
  },
  'events-parked': { facts: withLedger({ parked: 1 }), subjects: ['ledger'] },
};

function withWebhooks(change: Partial<WebhookFacts>): Facts {
  return changed('postgres', { webhooks: { ...wellWebhooks, ...change } });
}

/** Two hours after a migration. */
export function withLevels(change: Partial<LevelFacts>): Facts {
  return changed('postgres', {
    levels: { open: levelMax, migratedAgoS: 7_200, keptClosedBy: [], ...change },
  });
}

function run(change: Partial<RunHealth>): RunHealth {
  return {
    ...{
      workflowId: 'w',
      isPaused: false,
      isWorkflowPaused: false,
      pausedActivities: [],
      pausedBy: null,
      attempt: 1,
      lastFailure: null,
      silentWorker: null,
    },
    ...{ taskAttempt: 1, taskFailure: null, ...change },
  };
}

export function failedRecovery(runId: string): Facts {
  return withRecovery({ runId, state: 'FAILED', failure: 'a gap' });
}

export function withRecovery(change: Partial<RecoveryHealth>): Facts {
  const recovery: RecoveryHealth = {
    ...{ workflowId: 'rebuild-ledger', runId: 'r', type: 'rebuildLedger', state: 'RUNNING' },
    ...{ startedAt: new Date(0), closedAt: null, isPaused: false, run: run({}), failure: null, result: null },
    ...change,
  };
  return changed('temporal', { recoveries: [recovery] });
}

function withSchedule(name: string, change: Partial<ScheduleState> | null): Facts {
  if (!wellFacts.temporal.answered) throw new Error('the well facts answer');
  const schedules = wellFacts.temporal.value.schedules.map((one) =>
    one.name === name && one.state !== null
      ? { ...one, state: change === null ? null : { ...one.state, ...change } }
      : one,
  );
  return changed('temporal', { schedules });
}

/** A daily verification, on a Temporal that keeps runs for three days. */
export function withVerification(change: {
  readonly ageS?: number;
  readonly completedAgoS?: number | null;
  readonly keptS?: number;
}): Facts {
  const { ageS = 259_200, completedAgoS = 172_801, keptS = 259_200 } = change;
  const state = { paused: false, note: null, intervalS: 86_400, idleS: 10, ageS, run: null };
  const schedules = [{ name: 'verify-projections', required: true, scheduleId: 'verify-projections', state }];
  return changed('temporal', { schedules, verification: { completedAgoS, keptS } });
}

/** A projection that nothing waits for is late, and its schedule is paused. */
function withOptional(): Facts {
  const { postgres, temporal } = wellFacts;
  if (!postgres.answered || !temporal.answered) throw new Error('the well facts answer');
  const [projection] = postgres.value.projections;
  const [schedule] = temporal.value.schedules;
  if (projection === undefined || !schedule?.state) throw new Error('the well facts have both');
  const late = { ...projection, projection: 'owners', required: false, behind: 5n, lagS: 31 };
  const name = 'drain-owners';
  const paused = { ...schedule, name, scheduleId: name, required: false };
  const state = { ...schedule.state, paused: true, note: 'its store moves' };
  return {
    ...changed('postgres', { projections: [...postgres.value.projections, late] }),
    temporal: changed('temporal', { schedules: [...temporal.value.schedules, { ...paused, state }] })
      .temporal,
  };
}

function withLedger(change: object) {
  if (!wellFacts.postgres.answered) throw new Error('the well facts answer');
  const projections = wellFacts.postgres.value.projections.map((one) =>
    one.projection === 'ledger' ? { ...one, ...change } : one,
  );
  return changed('postgres', { projections });
}

export function withServerSettings(change: Readonly<Record<string, ServerSetting>>): Facts {
  return changed('postgres', { serverSettings: { ...wellServerSettings, ...change } });
}
