// Reads the command line of `npm run test:bugs`.
import { parseArgs } from 'node:util';
import { StackError } from '../../stack/part.ts';
import type { PlantedBug } from './plantedBug.ts';

export interface BugOptions {
  readonly bugs: readonly PlantedBug[];
  /** Print the bugs and plant none. */
  readonly list: boolean;
}

const usage = `npm run test:bugs -- [--list] [--only "R7,name"]

Plants one bug after the other into copies of the code and runs the test that has to find it. --only takes rules, such
as R7, and beginnings of names.`;

/** Throws StackError with the sentence to show. */
export function readOptions(args: readonly string[], known: readonly PlantedBug[]): BugOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string' }, list: { type: 'boolean' } },
    });
    const wanted = values.only?.split(',').map((each) => each.trim());
    const isWanted = ({ rule, name }: PlantedBug) =>
      wanted?.some((each) => rule === each || name.startsWith(each)) !== false;
    const bugs = known.filter(isWanted);
    if (bugs.length === 0) throw new Error('no bug has this rule or beginning; --list shows them all');
    return { bugs, list: values.list ?? false };
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}
