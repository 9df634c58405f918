// Judges facts by every condition. Pure, so every condition is tested without a stack. The most urgent
// finding comes first. An occurrence that an operator dismissed is left out.
// Invariant: only that occurrence is. A later one has another id.
import type { Condition, Found, Finding } from './condition.ts';
import type { Facts } from './facts.ts';

export type Judged = Omit<Finding, 'since'> & Pick<Found, 'since'>;

export function judge(facts: Facts, conditions: readonly Condition[]): readonly Judged[] {
  const dismissed = facts.postgres.answered ? facts.postgres.value.dismissed : [];
  return judgeWithDismissed(facts, conditions).filter(
    ({ name, occurrence }) =>
      occurrence === null ||
      dismissed.every((one) => one.condition !== name || one.occurrence !== occurrence),
  );
}

/** The same with the occurrences that were dismissed. */
export function judgeWithDismissed(facts: Facts, conditions: readonly Condition[]): readonly Judged[] {
  const found = conditions.flatMap(({ check, name, part, severity, title, stopsOperations = false }) =>
    check(facts).map(
      ({ subject = '', problem, advice, command = null, occurrence = null, since }): Judged => ({
        ...{ name, part, severity, title, subject, problem, advice, command, stopsOperations, occurrence },
        ...(since !== undefined && { since }),
        ...(stopsOperations && { stopsOperations }),
      }),
    ),
  );
  return found.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ severity, stopsOperations }: Judged): number {
  if (stopsOperations) return 0;
  return severity === 'critical' ? 1 : 2;
}
