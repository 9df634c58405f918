// The load generator `wrk`, driven by a Lua script. One thread saturates the measured system. On a small
// machine a second one would only take its processor.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { harnessKey } from '../../harness/keys.ts';
import { answerWithinS, type Generator } from './load.ts';
import { newKeyPrefix } from './requests.ts';

const script = path.join(import.meta.dirname, 'commands.lua');

/** The script's `RESULT` line. */
interface Report {
  readonly requests: number;
  readonly durationUs: number;
  readonly refused: number;
  readonly failed: number;
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
}

export function createWrk(program: string): Generator {
  return async function wrk(load, signal) {
    const { operation, wallets, connections, ratePerS = 0 } = load;
    const prefix = newKeyPrefix();
    const child = spawn(
      program,
      [
        ...['--threads', '1', '--connections', String(connections), '--duration', `${load.seconds}s`],
        ...['--timeout', `${answerWithinS}s`, '--script', script, load.url, '--'],
        ...[operation, prefix, wallets.first, wallets.count, ratePerS, parseInt(prefix, 36)].map(String),
        harnessKey.text,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], signal },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await once(child, 'close');
    const found = /^RESULT (.*)$/m.exec(output)?.[1];
    if (found === undefined) throw new Error(`wrk did not report:\n${output}`);
    const report = JSON.parse(found) as Report;
    return {
      seconds: report.durationUs / 1e6,
      acknowledged: report.requests - report.refused,
      refused: report.refused,
      failed: report.failed,
      latencyMs: { p50: report.p50Us / 1e3, p95: report.p95Us / 1e3, p99: report.p99Us / 1e3 },
    };
  };
}
