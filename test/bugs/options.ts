// What can be asked for on the command line of `npm run test:bugs`.
import { parseArgs } from 'node:util';
import { StackError } from '../../stack/part.ts';
import type { PlantedBug } from './plantedBug.ts';

export interface BugOptions {
  readonly bugs: readonly PlantedBug[];
  /** Only say what there is. */
  readonly list: boolean;
}

export const usage = `npm run test:bugs -- [--list] [--only "name,name"]

Plants one bug after the other into copies of the code and runs the test that has to find it. --only takes beginnings
of names.`;

/** Throws StackError with the sentence to show. */
export function readOptions(args: readonly string[], known: readonly PlantedBug[]): BugOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string' }, list: { type: 'boolean' } },
    });
    const wanted = values.only?.split(',').map((each) => each.trim());
    const bugs = known.filter(({ name }) => wanted?.some((each) => name.startsWith(each)) !== false);
    if (bugs.length === 0) throw new Error('no bug begins so; --list has them all');
    return { bugs, list: values.list ?? false };
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
