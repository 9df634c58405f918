// Judges facts that were made by hand: every condition, by the facts that bring it about.
import { expect, test } from 'vitest';
import { levels } from '../../../src/eventStore/levels.ts';
import type { Facts } from '../../../src/health/facts.ts';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import { judge } from '../../../src/health/judge.ts';
import { away, changed, wellFacts } from '../../support/healthFacts.ts';
import { unwellFacts, withLevels, withRecovery, withVerification } from '../../support/unwellFacts.ts';

test('a system that is well has no finding', () => {
  expect(judge(wellFacts, conditions)).toEqual([]);
});

test('every condition has facts that bring it about', () => {
  expect(Object.keys(unwellFacts).toSorted()).toEqual(conditions.map(({ name }) => name).toSorted());
});

test.each(Object.entries(unwellFacts))(
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

test.each(Object.entries(unwellFacts))('%s can be dismissed only if it tells the past', (name, { facts }) => {
  const tellsPast = conditions.find((one) => one.name === name)?.tellsPast ?? false;
  const found = judge(facts, conditions);
  expect(found.map(({ occurrence }) => occurrence !== null)).toEqual(found.map(() => tellsPast));
  if (!facts.postgres.answered) return;
  const dismissed = ['r', '', 'null'].map((occurrence) => ({ condition: name, occurrence }));
  const settled = {
    ...facts,
    postgres: { ...facts.postgres, value: { ...facts.postgres.value, dismissed } },
  };
  expect(judge(settled, conditions)).toEqual(tellsPast ? [] : found);
});

test('a dismissal hides one occurrence of one condition, and no later one', () => {
  const { facts } = unwellFacts['recovery-failed'] ?? { facts: wellFacts };
  const after = (condition: string, occurrence: string) =>
    judge(
      { ...facts, postgres: changed('postgres', { dismissed: [{ condition, occurrence }] }).postgres },
      conditions,
    ).map(({ name }) => name);
  expect(after('recovery-failed', 'r')).toEqual([]);
  expect(after('recovery-failed', 'the run before')).toEqual(['recovery-failed']);
  expect(after('differences-found', 'r')).toEqual(['recovery-failed']);
});

test('a verification is overdue only if it is known that none completed in two intervals', () => {
  const overdue = (change: Parameters<typeof withVerification>[0]) =>
    judge(withVerification(change), conditions).length;
  expect(overdue({})).toBe(1);
  expect(overdue({ completedAgoS: null })).toBe(1);
  expect(overdue({ completedAgoS: 172_800 })).toBe(0);
  expect(overdue({ completedAgoS: null, keptS: 86_400 })).toBe(0);
  expect(overdue({ ageS: 172_800 })).toBe(0);
});

test('a level may stay closed for an hour, and for a day if nothing but an operator keeps it closed', () => {
  const told = (change: Parameters<typeof withLevels>[0]) =>
    judge(withLevels({ open: 1, ...change }), conditions).map(({ problem }) => problem);
  const keptClosedBy = ['the API process 1b of level 1, seen 3 s ago', 'a process of the release before'];
  expect(told({ keptClosedBy, migratedAgoS: 3_600 })).toEqual([]);
  expect(told({ keptClosedBy, migratedAgoS: 3_601 })).toEqual([
    `Level 2 is still closed 1 h after the last migration, because of ${keptClosedBy.join('; ')}.`,
  ]);
  expect(told({ migratedAgoS: 86_400 })).toEqual([]);
  expect(told({ migratedAgoS: 86_401 })).toEqual([
    'Level 2 is still closed 24 h after the last migration, although every process can read it.',
  ]);
});

test('the conversion of the ledger is due once its level is open, and while no rebuild runs', () => {
  const due = (facts: Facts) => judge(facts, conditions).map(({ name }) => name);
  const legs = changed('postgres', { ledgerForm: 'legs' });
  expect(due(legs)).toEqual(['ledger-conversion-due']);
  expect(due({ ...legs, temporal: withRecovery({}).temporal })).toEqual([]);
  const below = { open: levels.postings - 1, migratedAgoS: 0, keptClosedBy: [] };
  expect(due(changed('postgres', { ledgerForm: 'legs', levels: below }))).toEqual([]);
});

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
