// Checks the argument of a recovery as an operator typed it: nothing, null, or one JSON object. A misspelt or
// wrong field ends the workflow with a sentence. It must not throw another error, because Temporal would
// repeat the task for ever.
import { ApplicationFailure } from '@temporalio/workflow';
import { type CompleteArgument, type FieldRule, type RecoveryKind, recoveryKinds } from './recoveryKinds.ts';
import { shownText } from './shapes.ts';

/** The argument with its defaults filled in. */
export function readArgument<Kind extends RecoveryKind>(kind: Kind, given: unknown): CompleteArgument<Kind> {
  const argument = given ?? {};
  if (typeof argument !== 'object' || Array.isArray(argument))
    throw wrongArgument('the argument has to be one JSON object, such as {}');
  const values = new Map<string, unknown>(Object.entries(argument));
  const { fields } = recoveryKinds[kind];
  for (const [name, value] of values) {
    if (value === null || Object.hasOwn(fields, name)) continue;
    const known = Object.keys(fields).join(', ');
    throw wrongArgument(`${kind} has no field ${shownText(name)}; it has ${known === '' ? 'none' : known}`);
  }
  const complete = Object.entries(fields).map(([name, rule]) => [name, read(name, rule, values.get(name))]);
  return Object.fromEntries(complete) as CompleteArgument<Kind>;
}

function read(name: string, rule: FieldRule, value: unknown): unknown {
  const isGiven = value !== undefined && value !== null;
  switch (rule.type) {
    case 'id':
      if (!isGiven) throw wrongArgument(`${name} is missing: ${rule.question}`);
      if (typeof value !== 'string' || !isId(value)) throw wrongArgument(`${name} must be an id`);
      return value;
    case 'flag':
      if (isGiven && typeof value !== 'boolean') throw wrongArgument(`${name} must be true or false`);
      return isGiven && value;
    case 'count': {
      const { min, max, fallback } = rule;
      if (!isGiven) return fallback;
      const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
      if (!fits) throw wrongArgument(`${name} must be a whole number from ${min} to ${max}`);
      return value;
    }
    default:
      return rule satisfies never;
  }
}

/**
 * The rule of the API: an id, after its tenant and a slash if it has one. PostgreSQL refuses some other
 * texts, such as NUL, at every attempt of an activity.
 */
function isId(value: string): boolean {
  return /^(?:[a-z0-9-]{1,63}\/)?(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}$/.test(value);
}

function wrongArgument(sentence: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(sentence, 'WrongArgument');
}
