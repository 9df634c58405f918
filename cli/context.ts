// Gives each command its client and its output, made from the global options `--url` and `--json`.
//
// Invariant: no command changes a service before it has named that service on stderr. The client itself does
// so before its first request that is no read, so a new command cannot forget it.
import type { Command } from 'commander';
import { createWalletClient, type WalletClient } from '../src/client/index.ts';
import { apiKeyFor } from './apiKey.ts';
import { createOutput, type Output } from './output.ts';

export interface Context {
  readonly client: WalletClient;
  readonly output: Output;
  readonly url: string;
  /** Asks once for what is too large to be held, and leaves the body to the caller. */
  readonly download: (path: string) => Promise<Response>;
}

interface GlobalOptions {
  readonly url: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

/** A person waits, so a busy service has a few seconds to answer instead of half a minute. */
const retries = { attemptsMax: 5, attemptTimeoutMs: 10_000, totalTimeoutMs: 8_000 };

export function contextOf(command: Command): Context {
  const { url, tenant, json = false } = command.optsWithGlobals<GlobalOptions>();
  const output = createOutput(json);
  return {
    client: createWalletClient({
      ...{ url, retries, fetch: namingService(url, output.note), apiKey: () => apiKeyFor(url, process.env) },
      ...(tenant !== undefined && { tenant }),
    }),
    output,
    url,
    download: (path) => {
      const key = apiKeyFor(url, process.env);
      const headers = {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(tenant !== undefined && { 'wallet-tenant': tenant }),
      };
      return fetch(`${url.replace(/\/$/, '')}${path}`, { headers });
    },
  };
}

/** `fetch`, which says on stderr which service a change is sent to, before it is sent. */
function namingService(url: string, note: (line: string) => void): typeof fetch {
  let isNamed = false;
  return (...request) => {
    if (!isNamed && request[1]?.method !== 'GET') {
      isNamed = true;
      note(`on ${url}`);
    }
    return fetch(...request);
  };
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
