// Judges the projections that nothing waits for. What is critical of a required projection is a warning of
// these, so one of them calls nobody at night. It is told all the same, once for each projection.
import type { Condition, Found } from '../condition.ts';
import type { Facts } from '../facts.ts';

const schedulePrefix = 'drain-';

/** Conditions whose subjects are projections or their schedules, and that call somebody. */
function isAboutDrains({ part, severity }: Condition): boolean {
  return part === 'projections' && severity === 'critical';
}

/** The condition without its findings about projections that nothing waits for. */
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

/** Finds what these conditions find of projections that nothing waits for: the first finding of each. */
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

/** The projections that nothing waits for, by the subjects of findings about them. */
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
