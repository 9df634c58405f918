// Gives each command its client and its output, made from the global options `--url` and `--json`.
import type { Command } from 'commander';
import { createWalletClient, type WalletClient } from '../src/client/index.ts';
import { createOutput, type Output } from './output.ts';

export interface Context {
  readonly client: WalletClient;
  readonly output: Output;
  readonly url: string;
}

/** A person waits, so a busy service has a few seconds to answer instead of half a minute. */
const retries = { attemptsMax: 5, attemptTimeoutMs: 10_000, totalTimeoutMs: 8_000 };

export function contextOf(command: Command): Context {
  const { url, json = false } = command.optsWithGlobals<{ url: string; json?: boolean }>();
  return { client: createWalletClient({ url, retries }), output: createOutput(json), url };
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
