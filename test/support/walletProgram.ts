// Runs `wallet` as an operator does: as a separate process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect } from 'vitest';
import { surroundings } from '../../harness/processes.ts';

const program = path.resolve(import.meta.dirname, '../../cli/wallet.ts');

interface Running {
  readonly child: ChildProcess;
  readonly said: { out: string; err: string };
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

/** The commands go to the service that is at this URL when they start. */
export function walletProgram(urlNow: () => string) {
  const start = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Running => {
    const env = { ...surroundings, WALLET_URL: urlNow(), ...more };
    const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (said.out += String(chunk)));
    child.stderr.on('data', (chunk) => (said.err += String(chunk)));
    return { child, said, ended: once(child, 'close').then(() => ({ code: child.exitCode, ...said })) };
  };
  const wallet = (...args: readonly string[]) => start(args).ended;
  /** The JSON document that the command printed. Fails if the command failed. */
  const json = async (...args: readonly string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await wallet(...args, '--json');
    expect(code, `${err}${out}`).toBe(0);
    return JSON.parse(out) as Record<string, unknown>;
  };
  return { start, wallet, json };
}
