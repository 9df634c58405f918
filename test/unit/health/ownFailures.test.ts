// A process tells its own failures while they go on. A commit, or half a minute of quiet, ends them.
import { expect, test } from 'vitest';
import { createOwnFailures } from '../../../src/health/ownFailures.ts';

function atClock() {
  const clock = { ms: 0 };
  return { clock, ...createOwnFailures(() => clock.ms) };
}

test('nothing is told before the first failure', () => {
  expect(atClock().facts()).toEqual({
    ...{ locksBypassed: null, ratesLocal: null, commitsFailed: null, commandsRefused: null },
  });
});

test('a series counts, has the last reason, and a commit ends it', () => {
  const { commitFailed, committed, facts } = atClock();
  commitFailed(new Error('first'));
  commitFailed(new Error('disk full'));
  expect(facts().commitsFailed).toEqual({ count: 2, reason: 'disk full' });
  committed();
  expect(facts().commitsFailed).toBeNull();
  commitFailed(new Error('again'));
  expect(facts().commitsFailed).toEqual({ count: 1, reason: 'again' });
});

test('a series is over after half a minute in which nothing failed', () => {
  const { clock, lockBypassed, facts } = atClock();
  lockBypassed(new Error('late'));
  clock.ms += 30_000;
  lockBypassed(new Error('late'));
  expect(facts().locksBypassed).toEqual({ count: 2, reason: 'late' });
  clock.ms += 30_001;
  expect(facts().locksBypassed).toBeNull();
  lockBypassed(new Error('late'));
  expect(facts().locksBypassed).toEqual({ count: 1, reason: 'late' });
});

test('refused commands are told apart from failed commits, and a commit does not end their series', () => {
  const { commandRefused, committed, facts } = atClock();
  commandRefused('QUEUE_FULL');
  committed();
  commandRefused('QUEUE_TIMEOUT');
  expect(facts()).toMatchObject({
    commitsFailed: null,
    commandsRefused: { count: 2, reason: 'QUEUE_TIMEOUT' },
  });
});
