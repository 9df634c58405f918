// The load generators that are written in TypeScript. Each runs in a process of its own, so that its
// connections do not slow this one down. Autocannon is for machines without wrk. It costs more processor time
// per request than wrk, so its results compare only with each other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Generator, LoadResult } from './load.ts';

export const generateByAutocannon = createGenerator('autocannonProcess.ts');
/** Sends at an even pace. The other generators send what a second asks for in bursts. Needs `ratePerS`. */
export const generateEvenly = createGenerator('evenProcess.ts');

function createGenerator(file: string): Generator {
  const program = path.join(import.meta.dirname, file);
  return async (load, signal) => {
    const child = spawn(process.execPath, [program, JSON.stringify(load)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await once(child, 'close');
    const found = /^RESULT (.*)$/m.exec(output)?.[1];
    if (found === undefined) throw new Error(`${file} did not report:\n${output}`);
    return JSON.parse(found) as LoadResult;
  };
}
