// Checks the console's first lines. They say what the health model finds, in its words and with its severity.
import { expect, it } from 'vitest';
import { differencesLeft } from '../../../src/temporal/verificationOutcome.ts';
import { findings, severityOf } from '../../../console/status.ts';
import type { ConditionSnapshot, ConsoleSnapshot } from '../../../src/api/console/consoleSnapshot.ts';
import { conditions } from '../../../src/health/conditions/conditions.ts';
import { judge } from '../../../src/health/judge.ts';
import { wellFacts } from '../../support/healthFacts.ts';
import { unwellFacts } from '../../support/unwellFacts.ts';

const since = '2026-01-01T11:59:00.000Z';

function seen(name?: string): ConsoleSnapshot {
  const facts = name === undefined ? wellFacts : (unwellFacts[name]?.facts ?? wellFacts);
  const found = judge(facts, conditions).map((one): ConditionSnapshot => ({ ...one, since }));
  const atMs = Date.parse('2026-01-01T12:00:00Z');
  return { parts: {}, stores: null, atMs, sample: null, conditions: found };
}

it('nothing is reported if all is well', () => {
  expect(findings({ snapshot: seen(), isConnected: true, ageMs: 0 })).toEqual([]);
});

it('endpoints that were given up lead to their page', () => {
  const snapshot = seen('webhook-endpoints-disabled');
  const [found] = findings({ snapshot, isConnected: true, ageMs: 0 });
  expect(found?.link).toEqual({ href: '#/webhooks', text: 'Webhooks' });
});

it.each(conditions.map(({ name, severity }) => [name, severity]))(
  '%s is shown as the health model finds it',
  (name, severity) => {
    const snapshot = seen(name);
    const shown = findings({ snapshot, isConnected: true, ageMs: 0 });
    expect(shown).toHaveLength(snapshot.conditions?.length ?? 0);
    expect(shown).not.toHaveLength(0);
    for (const [index, one] of shown.entries()) {
      const { problem, advice, command } = snapshot.conditions?.[index] ?? {};
      expect(one).toMatchObject({ severity, todo: advice, sinceMs: Date.parse(since) });
      expect(one.what).toContain(problem);
      expect(one.what).toMatch(/[.!?]$/);
      expect(one.command ?? null).toBe(command);
    }
  },
);

it('a lost connection says how old the page is and what to check', () => {
  expect(findings({ snapshot: seen(), isConnected: false, ageMs: 90_000 })).toEqual([
    {
      severity: 'critical',
      what: 'No connection to the API: everything below is 90 s old.',
      todo: 'It is tried again by itself. If it stays away, check whether the API process runs.',
    },
  ]);
});

it('a projection is as unwell as what the model finds of it or of its drain', () => {
  expect(severityOf('ledger', seen())).toBeUndefined();
  expect(severityOf('ledger', seen('events-parked'))).toBe('warning');
  expect(severityOf('ledger', seen('projection-late'))).toBe('critical');
  expect(severityOf('ledger', seen('schedule-paused'))).toBe('critical');
  expect(severityOf('read-model', seen('schedule-paused'))).toBeUndefined();
});

it('after a repair only the differences of its second comparison count', () => {
  expect(differencesLeft({ differencesCount: 5, remaining: { differencesCount: 0 } })).toBe(0);
  expect(differencesLeft({ differencesCount: 5, remaining: null })).toBe(5);
  expect(differencesLeft('text')).toBe(0);
});
