// Reads the command line of `npm run test:faults`.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { StackError } from '../../stack/part.ts';
import type { FaultKind } from './kinds/faultKind.ts';
import { releaseFaults } from './kinds/releaseFaults.ts';

export interface FaultOptions {
  readonly histories: number;
  readonly minutes: number;
  readonly seed: number;
  /** A kind that took effect fewer times than this is a finding. */
  readonly require: number;
  readonly kinds: readonly FaultKind[];
  /** One short round, to see that everything works. */
  readonly quick: boolean;
  /** Name of the result's file. */
  readonly name: string;
  /** The folder of another release, whose processes run beside those of this one in the first half. */
  readonly beside: string | undefined;
  /** The processes ask for API keys. */
  readonly keys: boolean;
}

const usage = `npm run test:faults -- [--minutes 10] [--histories 1000000] [--seed 1] [--require 1] [--only "kind,kind"] [--name faults] [--quick]
                       [--beside ../other-release] [--keys]

Plays random histories against real processes while faults are injected. The run ends after --histories or --minutes,
whichever comes first. --only takes beginnings of the names of kinds. A kind that took effect fewer times than --require
is a finding. --beside names a clone of another release with its packages. In the first half of the run, processes of
both releases replace each other. Then this release alone goes on, and opens its levels. With --keys the processes of this
release ask for API keys.`;

/** Throws StackError with the sentence to show. */
export function readOptions(args: readonly string[], known: readonly FaultKind[]): FaultOptions {
  const options = { type: 'string' } as const;
  const boolean = { type: 'boolean' } as const;
  const names = {
    histories: options,
    minutes: options,
    seed: options,
    require: options,
    only: options,
    name: options,
    beside: options,
  };
  try {
    const { values } = parseArgs({ args: [...args], options: { ...names, quick: boolean, keys: boolean } });
    const { quick = false, keys = false, only, beside, name = quick ? 'quick' : 'faults' } = values;
    const wanted = only?.split(',').map((each) => each.trim());
    const possible = beside === undefined ? known : [...known, ...releaseFaults];
    const kinds = possible.filter(({ kind }) => wanted?.some((each) => kind.startsWith(each)) !== false);
    if (kinds.length === 0)
      throw new Error(`no kind begins so; there are: ${possible.map(({ kind }) => kind).join(', ')}`);
    return {
      histories: whole('--histories', values.histories ?? (quick ? '60' : '1000000')),
      minutes: whole('--minutes', values.minutes ?? (quick ? '1' : '10')),
      seed: whole('--seed', values.seed ?? String(Math.floor(Math.random() * 1e9))),
      require: whole('--require', values.require ?? (quick ? '0' : '1')),
      ...{ kinds, quick, name, keys },
      beside: beside === undefined ? undefined : path.resolve(beside),
    };
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}"`);
  return Number(text);
}
