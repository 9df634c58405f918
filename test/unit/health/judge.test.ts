// Judges facts that were made by hand: every condition, by the facts that bring it about.
import { expect, test } from 'vitest';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import type { Facts } from '../../../src/health/facts.ts';
import type { RecoveryHealth } from '../../../src/temporal/recoveryHealth.ts';
import type { RunHealth } from '../../../src/temporal/runHealth.ts';
import type { ScheduleState } from '../../../src/temporal/temporalHealth.ts';
import { judge } from '../../../src/health/judge.ts';
import { away, changed, wellFacts } from '../../support/healthFacts.ts';

/** For each condition the facts under which it is found, with the subjects that it names. */
const bad: Readonly<Record<string, { readonly facts: Facts; readonly subjects?: readonly string[] }>> = {
  'postgres-away': { facts: away('postgres') },
  'postgres-refuses-writes': {
    facts: changed('postgres', { refusal: 'cannot execute INSERT in a read-only transaction' }),
  },
  'postgres-unfit': { facts: changed('postgres', { unfit: ['fsync is off: set it to on'] }) },
  'prune-refused': {
    facts: changed('postgres', {
      refusedPrunes: [{ subject: 'outbox rows', refusal: 'a clock may have jumped', since: new Date(0) }],
    }),
    subjects: ['outbox rows'],
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
    facts: withRecovery({ state: 'FAILED', failure: 'a gap' }),
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
  'projection-late': { facts: withLedger({ behind: 5n, lagS: 31 }), subjects: ['ledger'] },
  'log-gap': {
    facts: withLedger({
      behind: 2n,
      gap: { position: 5n, next: { position: 6n, walletId: 'wallet-001', version: 3 } },
    }),
    subjects: ['ledger'],
  },
  'events-parked': { facts: withLedger({ parked: 1 }), subjects: ['ledger'] },
};

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
    },
    ...{ taskAttempt: 1, taskFailure: null, ...change },
  };
}

function withRecovery(change: Partial<RecoveryHealth>): Facts {
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

function withLedger(change: object) {
  if (!wellFacts.postgres.answered) throw new Error('the well facts answer');
  const projections = wellFacts.postgres.value.projections.map((one) =>
    one.projection === 'ledger' ? { ...one, ...change } : one,
  );
  return changed('postgres', { projections });
}

test('a system that is well has no finding', () => {
  expect(judge(wellFacts, conditions)).toEqual([]);
});

test('every condition has facts that bring it about', () => {
  expect(Object.keys(bad).toSorted()).toEqual(conditions.map(({ name }) => name).toSorted());
});

test.each(Object.entries(bad))(
  '%s is found, alone, with words and advice',
  (name, { facts, subjects = [''] }) => {
    const found = judge(facts, conditions);
    expect(found.map((one) => one.name)).toEqual(subjects.map(() => name));
    expect(found.map(({ subject }) => subject)).toEqual(subjects);
    for (const { problem, advice } of found) {
      expect(problem).not.toBe('');
      expect(advice).toMatch(/[.}]$/);
    }
  },
);

test('what stops operations comes first, then what is critical', () => {
  const found = judge(
    { ...away('postgres'), redis: away('redis').redis, temporal: away('temporal').temporal },
    conditions,
  );
  expect(found.map(({ name }) => name)).toEqual(['postgres-away', 'temporal-away', 'redis-away']);
});

test('names are stable labels, each once', () => {
  const names = conditions.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
});
