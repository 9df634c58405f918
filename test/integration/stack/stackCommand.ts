// Runs the commands of the local stack as a person at a terminal does, on a data folder and ports of their
// own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { expect, vi } from 'vitest';
import { cacheDirOf, root, type Environment } from '../../../stack/paths.ts';
import { readState, type State } from '../../../stack/state.ts';

export const WAIT = { timeout: 90_000, interval: 20 };

interface Command {
  readonly child: ChildProcess;
  /** Everything that the command has printed so far. */
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

/** A data folder with the commands that run on it. `close` ends what still runs. */
export function createFolder() {
  const varDir = mkdtempSync(path.join(tmpdir(), 'wallet-stack-test-'));
  const children: ChildProcess[] = [];

  function stack(args: readonly string[], environment: Environment = {}): Command {
    const child = spawn(process.execPath, ['stack/cli.ts', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        WALLET_CACHE_DIR: cacheDirOf(process.env),
        WALLET_VAR_DIR: varDir,
        ...{ POSTGRES_PORT: '0', REDIS_PORT: '0', TEMPORAL_PORT: '0', TEMPORAL_UI_PORT: '0' },
        ...environment,
      },
    });
    children.push(child);
    let text = '';
    const take = (chunk: Buffer) => (text += chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, output: () => text, exitCode };
  }

  return {
    varDir,
    /** Runs a command until it ends. Gives its exit code and output. */
    async ask(args: readonly string[], environment?: Environment) {
      const command = stack(args, environment);
      return { exitCode: await command.exitCode, output: command.output() };
    },
    /** Starts parts and waits until the command prints that they are ready. */
    async up(parts: readonly string[], environment?: Environment): Promise<Command & { state: State }> {
      const command = stack(['up', ...parts], environment);
      await vi.waitFor(() => {
        expect(command.output()).toContain('Ready.');
      }, WAIT);
      const state = readState(varDir);
      if (state === undefined) throw new Error(`no state in ${varDir}: ${command.output()}`);
      return { ...command, state };
    },
    async close() {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(varDir, { recursive: true, force: true });
    },
  };
}

export async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
