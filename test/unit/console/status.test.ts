// Checks the console's first lines. They name each problem and its remedy in words, the most urgent first.
import { expect, it } from 'vitest';
import { differencesLeft, findings } from '../../../console/status.ts';
import type {
  ConsoleSnapshot,
  ProjectionSnapshot,
  RecoverySnapshot,
} from '../../../src/api/console/consoleSnapshot.ts';

const atMs = Date.parse('2026-01-01T12:00:00Z');
const at = (beforeMs: number) => new Date(atMs - beforeMs).toISOString();

const projection = (name: ProjectionSnapshot['projection'], changed: Partial<ProjectionSnapshot> = {}) => ({
  projection: name,
  position: 10,
  head: 10,
  behind: 0,
  updatedAt: at(0),
  lagMs: 0,
  parked: 0,
  ...changed,
});
const schedule = (changed: object = {}) => ({
  scheduleId: 'drain',
  paused: false,
  note: null,
  lastFailure: null,
  ...changed,
});
const temporal = {
  workers: 1,
  schedules: { 'read-model': schedule(), ledger: schedule() },
  recoveries: [],
  nextRecoveries: null,
};
const run = (changed: Partial<RecoverySnapshot>): RecoverySnapshot => ({
  workflowId: 'verify-projections',
  runId: 'run',
  url: 'http://ui',
  type: 'verifyProjections',
  state: 'COMPLETED',
  startedAt: at(60_000),
  closedAt: at(1_000),
  progress: null,
  retrying: null,
  result: null,
  failure: null,
  ...changed,
});

function look(
  changed: Partial<ConsoleSnapshot> = {},
  first: Partial<ProjectionSnapshot> = {},
): ConsoleSnapshot {
  return {
    parts: { process: 'ok', postgres: 'ok', redis: 'ok', elasticsearch: 'ok' },
    stores: {
      projections: [projection('ledger', first), projection('read-model')],
      outbox: { unprocessed: 0, lagMs: null },
      failures: [],
      nextFailures: null,
    },
    atMs,
    temporal,
    sample: null,
    ...changed,
  };
}
const found = (seen: ConsoleSnapshot, isConnected = true) =>
  findings({ snapshot: seen, isConnected, ageMs: 90_000 });
const late = { behind: 7, lagMs: 40_000 };
const withSchedule = (changed: object) => ({
  temporal: { ...temporal, schedules: { ...temporal.schedules, ledger: schedule(changed) } },
});

it('nothing is reported if all is well, or before Temporal was asked', () => {
  expect(found(look())).toEqual([]);
  const { parts, stores, sample } = look();
  expect(found({ parts, stores, sample, atMs })).toEqual([]);
});

it('a projection that is busy for a moment is no finding, a late one is, and a very late one is wrong', () => {
  expect(found(look({}, { behind: 7, lagMs: 4_999 }))).toEqual([]);
  expect(found(look({}, { behind: 7, lagMs: 5_000 }))).toMatchObject([{ severity: 'watch' }]);
  expect(found(look({}, late))).toMatchObject([
    { severity: 'wrong', what: 'The ledger is 40 s late: 7 events wait.' },
  ]);
});

it('a late projection says what its drain failed with, and one that has caught up does not', () => {
  const failing = withSchedule({ lastFailure: 'Elasticsearch does not answer; 7 events wait' });
  expect(found(look(failing, late))[0]?.todo).toContain('“Elasticsearch does not answer; 7 events wait”');
  expect(found(look(failing))).toEqual([]);
});

it('a paused projection names its reason and what waits, however late it is', () => {
  const paused = withSchedule({ paused: true, note: 'the disk is changed' });
  expect(found(look(paused, { ...late, behind: 1 }))).toMatchObject([
    { severity: 'watch', what: 'The ledger is paused (the disk is changed): 1 event waits.' },
  ]);
});

it('parked events are counted over both projections', () => {
  expect(found(look({}, { parked: 1 }))[0]?.what).toMatch(/^1 event could not be projected and is parked/);
  expect(found(look({}, { parked: 2 }))[0]?.what).toMatch(/^2 events could not be projected and are parked/);
});

it('problems that stop work come before those that only slow it', () => {
  const seen = look({ parts: { redis: 'gone', postgres: 'gone' }, stores: null, temporal: null });
  expect(
    found(seen, false).map(({ severity, what }) => `${severity} ${what.split(/[ :]/)[0] ?? ''}`),
  ).toEqual(['wrong No', 'wrong PostgreSQL', 'wrong Temporal', 'watch Redis']);
});

it('a lost connection says how old the page is and what to check', () => {
  expect(found(look(), false)).toEqual([
    {
      severity: 'wrong',
      what: 'No connection to the API: everything below is 90 s old.',
      todo: 'It is tried again by itself. If it stays away, check whether the API process runs.',
    },
  ]);
});

it('no worker is as wrong as no Temporal', () => {
  expect(found(look({ temporal: { ...temporal, workers: 0 } }))).toMatchObject([
    { severity: 'wrong', todo: 'Start a worker: node worker/main.ts.' },
  ]);
});

it('refused commands are wrong, however few', () => {
  const commands = { perS: 5, p50Ms: 1, p99Ms: 2, refusedPerS: 0.2 };
  const none = { 'read-model': 0, ledger: 0 };
  const sample = { atMs, lagMs: none, behind: none, outbox: 0, eventsPerS: 5, commands };
  expect(found(look({ sample }))[0]).toMatchObject({
    severity: 'wrong',
    what: 'Commands are refused with 503, less than one a second.',
  });
});

it('differences are news for an hour, until a later run of the same kind finds none', () => {
  const bad = run({ result: { differencesCount: 2, remaining: null } });
  const seen = (...recoveries: RecoverySnapshot[]) => found(look({ temporal: { ...temporal, recoveries } }));
  expect(seen(bad)).toMatchObject([
    { severity: 'wrong', what: expect.stringMatching(/^2 differences/) as string },
  ]);
  expect(seen({ ...bad, closedAt: at(3_600_001) })).toEqual([]);
  expect(seen(run({ result: { differencesCount: 0, remaining: null } }), bad)).toEqual([]);
});

it('a recovery that ended badly tells why, and a paused one is not forgotten', () => {
  const seen = (recovery: RecoverySnapshot) =>
    found(look({ temporal: { ...temporal, recoveries: [recovery] } }));
  expect(seen(run({ state: 'FAILED', failure: 'no disk' }))[0]?.what).toBe(
    'verify-projections failed: no disk.',
  );
  const progress = {
    status: 'paused' as const,
    phase: 'p',
    unit: 'events',
    done: 1,
    total: null,
    ratePerS: 0,
    secondsLeft: null,
    waitsUntil: null,
    tookS: null,
    differences: 0,
  };
  expect(seen(run({ state: 'RUNNING', closedAt: null, progress }))[0]?.what).toBe(
    'verify-projections is paused.',
  );
});

it('after a repair only the differences of its second comparison count', () => {
  expect(differencesLeft({ differencesCount: 5, remaining: { differencesCount: 0 } })).toBe(0);
  expect(differencesLeft({ differencesCount: 5, remaining: null })).toBe(5);
  expect(differencesLeft('text')).toBe(0);
});
