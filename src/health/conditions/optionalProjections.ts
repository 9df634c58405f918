// Judges the optional projections, which nothing waits for. A finding that is critical for a required
// projection is a warning for an optional one, so it fires no page at night. Each optional projection has one
// finding at most.
import type { Condition, Found } from '../condition.ts';
import type { Facts } from '../facts.ts';

const schedulePrefix = 'drain-';

/** True for the critical conditions whose subjects are projections or their schedules. */
function isAboutDrains({ part, severity }: Condition): boolean {
  return part === 'projections' && severity === 'critical';
}

/** The condition without its findings about optional projections. */
export function ofRequired(condition: Condition): Condition {
  if (!isAboutDrains(condition)) return condition;
  return {
    ...condition,
    check: (facts) => {
      const optional = optionalSubjects(facts);
      return condition.check(facts).filter(({ subject = '' }) => !optional.has(subject));
    },
  };
}

/** Gives the first finding of these conditions about each optional projection. */
export function optionalProjectionUnwell(conditions: readonly Condition[]): Condition {
  const checks = conditions.filter(isAboutDrains).map(({ check }) => check);
  return {
    name: 'optional-projection-unwell',
    part: 'projections',
    severity: 'warning',
    title: 'A projection that nothing waits for is late or stands still',
    check: (facts) => {
      const optional = optionalSubjects(facts);
      const found = new Map<string, Found>();
      for (const one of checks.flatMap((check) => check(facts))) {
        const subject = optional.get(one.subject ?? '');
        if (subject === undefined || found.has(subject)) continue;
        found.set(subject, { ...one, subject, advice: `${one.advice} Nothing waits for it meanwhile.` });
      }
      return [...found.values()];
    },
  };
}

/** The optional projections, by the subjects of findings about them. */
function optionalSubjects({ postgres, temporal }: Facts): ReadonlyMap<string, string> {
  const projections = postgres.answered ? postgres.value.projections : [];
  const schedules = temporal.answered ? temporal.value.schedules : [];
  return new Map([
    ...projections
      .filter(({ required }) => !required)
      .map(({ projection }): [string, string] => [projection, projection]),
    ...schedules
      .filter(({ required }) => !required)
      .map(({ name }): [string, string] => [name, name.slice(schedulePrefix.length)]),
  ]);
}
