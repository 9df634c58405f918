// Finds programs on PATH, and runs the short-lived ones that obtain others.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { StackError } from './part.ts';
import { given, type Environment } from './paths.ts';

const OUTPUT_LINES_SHOWN_MAX = 15;

/** The first executable file of that name on PATH. */
export function onPath(name: string, environment: Environment): string | undefined {
  const folders = (given(environment, 'PATH') ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

interface RunOptions {
  readonly directory: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program to its end and resolves to its output. If it fails, throws StackError with its last lines.
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.directory,
    env: options.environment,
    signal: options.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.user,
  });
  let output = '';
  const take = (chunk: Buffer) => {
    const text = chunk.toString();
    output += text;
    if (options.onLine) text.split('\n').forEach(options.onLine);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      resolve(exitCode ?? signal ?? 'unknown');
    });
  });
  if (code === 0) return output;
  const last = output.trimEnd().split('\n').slice(-OUTPUT_LINES_SHOWN_MAX).join('\n');
  throw new StackError(`${path.basename(command)} failed (${code}); its last lines:\n${last}`);
}
