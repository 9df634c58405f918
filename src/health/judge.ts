// Judges facts by every condition. Pure, so every condition is tested without a stack. The most urgent
// finding comes first.
import type { Condition, Found, Finding } from './condition.ts';
import type { Facts } from './facts.ts';

export type Judged = Omit<Finding, 'since'> & Pick<Found, 'since'>;

export function judge(facts: Facts, conditions: readonly Condition[]): readonly Judged[] {
  const found = conditions.flatMap(({ check, name, part, severity, title, stopsOperations = false }) =>
    check(facts).map(({ subject = '', problem, advice, command = null, since }): Judged => ({
      ...{ name, part, severity, title, subject, problem, advice, command, stopsOperations },
      ...(since !== undefined && { since }),
      ...(stopsOperations && { stopsOperations }),
    })),
  );
  return found.toSorted((one, other) => rank(one) - rank(other));
}

function rank({ severity, stopsOperations }: Judged): number {
  if (stopsOperations) return 0;
  return severity === 'critical' ? 1 : 2;
}
