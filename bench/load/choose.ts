// Chooses the load generator of this machine.
import { spawnSync } from 'node:child_process';
import { onPath } from '../../stack/onPath.ts';
import { StackError } from '../../stack/part.ts';
import type { Environment } from '../../stack/paths.ts';
import { generateByAutocannon } from './programs.ts';
import type { Generator } from './load.ts';
import { createWrk } from './wrk.ts';

export interface ChosenGenerator {
  /** Name and version, for the record. */
  readonly name: string;
  readonly generate: Generator;
}

/** `wrk` if it is on PATH, else autocannon. BENCH_GENERATOR names one of the two. */
export function chooseGenerator(environment: Environment): ChosenGenerator {
  const wanted = environment.BENCH_GENERATOR ?? '';
  if (!['', 'wrk', 'autocannon'].includes(wanted)) {
    throw new StackError(`BENCH_GENERATOR must be wrk or autocannon, not "${wanted}".`);
  }
  const wrk = wanted === 'autocannon' ? undefined : onPath('wrk', environment);
  if (wrk !== undefined) {
    const version = /^wrk \S+/.exec(spawnSync(wrk, ['--version'], { encoding: 'utf8' }).stdout)?.[0];
    return { name: version ?? 'wrk', generate: createWrk(wrk) };
  }
  if (wanted === 'wrk') throw new StackError('BENCH_GENERATOR is wrk, but there is no wrk on PATH.');
  return { name: 'autocannon', generate: generateByAutocannon };
}
