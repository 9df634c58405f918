// The argument of a recovery as operators type it: nothing, null, or one JSON object. What is misspelt or out of bounds
// ends the workflow in words; it never starts the wrong thing, and never fails in a workflow task that is tried for ever.
import { ApplicationFailure } from '@temporalio/workflow';
import { type FieldRule, type RecoveryArguments, type RecoveryKind, recoveryKinds } from './recoveryKinds.ts';

/** The fields that were given; one that is missing or null means its default. Throws in words for whoever typed them. */
export function readArgument<Kind extends RecoveryKind>(
  kind: Kind,
  given: unknown,
): Partial<RecoveryArguments[Kind]> {
  if (given === undefined || given === null) return {};
  if (typeof given !== 'object' || Array.isArray(given))
    throw wrongArgument('the argument has to be one JSON object, such as {}');
  const rules: Readonly<Record<string, FieldRule>> = recoveryKinds[kind].fields;
  const fields = Object.entries(given).filter(([, value]) => value !== null);
  for (const [name, value] of fields) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const known = Object.keys(rules).join(', ');
      throw wrongArgument(`${kind} has no field "${name}"; it has ${known === '' ? 'none' : known}`);
    }
    const complaint = complaintOf(rule, value);
    if (complaint !== undefined) throw wrongArgument(`${name} ${complaint}`);
  }
  return Object.fromEntries(fields) as Partial<RecoveryArguments[Kind]>;
}

function complaintOf(rule: FieldRule, value: unknown): string | undefined {
  if (rule === 'id') return typeof value === 'string' && value !== '' ? undefined : 'must be an id';
  if (rule === 'flag') return typeof value === 'boolean' ? undefined : 'must be true or false';
  const { min, max } = rule;
  const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
  return fits ? undefined : `must be a whole number from ${min} to ${max}`;
}

export function wrongArgument(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(sentence, 'WrongArgument');
}
