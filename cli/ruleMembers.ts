// Reads a rule that is given as one option: members with = and a value, and commas between them.
import { InvalidArgumentError } from 'commander';

/** The values by name. The service judges them. Only what can't be sent is refused here. */
export function ruleMembers<Name extends string>(
  text: string,
  names: readonly Name[],
): Readonly<Partial<Record<Name, string>>> {
  const members = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name = '', value] = part.split('=', 2);
    if (value === undefined || !names.some((known) => known === name))
      throw new InvalidArgumentError(`"${part}" must be one of ${names.join(', ')}, and = with a value.`);
    if (members.has(name)) throw new InvalidArgumentError(`It has ${name} twice.`);
    members.set(name, value);
  }
  return Object.fromEntries(members) as Partial<Record<Name, string>>;
}
