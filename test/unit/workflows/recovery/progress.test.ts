import { expect, it } from 'vitest';
import { failingStepIn } from '../../../../src/temporal/failingStep.ts';
import { shownProgress } from '../../../../src/temporal/readRecoveries.ts';
import {
  type CarriedProgress,
  inSentences,
  progressOf,
} from '../../../../src/workflows/recovery/progress.ts';

const counting: CarriedProgress = {
  ...{ phase: 'backfill', unit: 'events', done: 30, total: 40, differences: 0, paused: false },
  ...{ activeMs: 10_000, phases: 2, counted: null, marks: [{ activeMs: 0, done: 0 }] },
};
/** A phase after the backfill that counts nothing. */
const waiting: CarriedProgress = {
  ...{ ...counting, phase: 'grace', unit: 'steps', done: 0, total: null, activeMs: 0, phases: 3 },
  counted: { unit: 'events', done: 40, activeMs: 10_000 },
};
const waitsUntil = '2026-01-01T00:01:00.000Z';
const running = { status: 'running', activeMs: 10_000, waitsUntil: null, tookMs: 0 } as const;
const end = { status: 'completed', activeMs: 2_000, waitsUntil: null, tookMs: 75_400 } as const;

it('a phase that waits says until when, and counts down', () => {
  const told = progressOf(waiting, { ...running, waitsUntil });
  expect(inSentences('rebuildAllReadModels', told)).toContain(`It waits until ${waitsUntil}.`);
  const at = (time: string) => shownProgress(told, new Date(time)).secondsLeft;
  expect(at('2026-01-01T00:00:00.000Z')).toBe(60);
  expect(at('2026-01-01T00:00:59.900Z')).toBe(1);
  expect(at('2026-01-01T00:05:00.000Z')).toBe(0);
});

it('a recovery that ended well tells all that it counted, its rate and its time, whatever came last', () => {
  expect(progressOf(waiting, end)).toEqual({
    ...{ status: 'completed', phase: 'grace', unit: 'events', done: 40, total: 40, ratePerS: 4 },
    ...{ secondsLeft: 0, differences: 0, waitsUntil: null, tookS: 75 },
  });
  expect(progressOf(counting, end)).toMatchObject({ unit: 'events', done: 30, total: 30 });
});

it('a recovery that had nothing to count tells its phases', () => {
  const nothing = { ...waiting, counted: null };
  expect(progressOf(nothing, end)).toMatchObject({ unit: 'phases', done: 3, total: 3 });
  expect(inSentences('x', progressOf(nothing, end))).toContain(
    '3 of about 3 phases (100 %), 0 a second, took 75 s in all.',
  );
});

it('the progress of a worker of an older release is shown as it is', () => {
  const older = { ...progressOf(counting, running), waitsUntil: undefined, tookS: undefined };
  expect(shownProgress(older as never, new Date())).toMatchObject({
    ...{ done: 30, secondsLeft: 4, waitsUntil: null, tookS: null },
  });
});

const activity = (name: string, attempt: number, failure?: string, seconds = 0) => ({
  activityType: { name },
  attempt,
  ...(failure === undefined ? {} : { lastFailure: { message: failure } }),
  scheduledTime: { seconds },
});
const now = new Date(1_000_000);

it('the step that failed most often is told, with the time of its next attempt', () => {
  const runs = [
    { pendingActivities: [activity('well', 1), activity('once', 2, 'away', 1_005)] },
    undefined,
    { pendingActivities: [activity('often', 8, 'disk full', 1_010)] },
  ];
  expect(failingStepIn(runs as never, now)).toEqual({
    ...{ step: 'often', attempts: 7, failure: 'disk full', nextAttemptAt: new Date(1_010_000) },
  });
});

it('a step whose attempt runs has no next attempt, and nothing is told of steps that go well', () => {
  const tried = { pendingActivities: [activity('once', 2, 'away', 999)] };
  expect(failingStepIn([tried] as never, now)).toMatchObject({ attempts: 1, nextAttemptAt: null });
  expect(failingStepIn([{ pendingActivities: [activity('well', 1)] }] as never, now)).toBeNull();
});
