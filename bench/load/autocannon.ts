// The load generator from npm, for machines without wrk. It runs in another process (autocannonProcess.ts),
// so that thousands of connections do not slow this one down. It costs more processor time per request than
// wrk, so its results compare only with each other.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Generator, LoadResult } from './load.ts';

const program = path.join(import.meta.dirname, 'autocannonProcess.ts');

export const generateByAutocannon: Generator = async (load, signal) => {
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
  if (found === undefined) throw new Error(`autocannon did not report:\n${output}`);
  return JSON.parse(found) as LoadResult;
};
