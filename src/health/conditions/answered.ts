// Helps conditions to judge a part only if it answered. Its silence is the finding of another condition.
import type { Found } from '../condition.ts';
import type { Facts, Reading } from '../facts.ts';

type PartName = { [Key in keyof Facts]: Facts[Key] extends Reading<unknown> ? Key : never }[keyof Facts];
type ValueOf<Name extends PartName> = Extract<Facts[Name], { readonly answered: true }>['value'];

/** A check of a part that answered. */
export function when<Name extends PartName>(
  part: Name,
  check: (value: ValueOf<Name>, facts: Facts) => Found | readonly Found[] | undefined,
): (facts: Facts) => readonly Found[] {
  return (facts) => {
    const reading: Reading<unknown> = facts[part];
    if (!reading.answered) return [];
    const found = check(reading.value as ValueOf<Name>, facts);
    if (found === undefined) return [];
    return Array.isArray(found) ? (found as readonly Found[]) : [found as Found];
  };
}

/** Found if the part does not answer. */
export function whenAway(part: PartName, advice: string): (facts: Facts) => readonly Found[] {
  return (facts) => {
    const reading: Reading<unknown> = facts[part];
    return reading.answered ? [] : [{ problem: reading.reason, advice }];
  };
}
