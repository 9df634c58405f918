// Describes the running process for /version: its code, its Node.js, its schema and its start.
import { readFileSync } from 'node:fs';

export interface Version {
  readonly version: string;
  /** GIT_COMMIT; null if it is not set. */
  readonly commit: string | null;
  readonly node: string;
  /** Number of the last migration that the database had when the process started. */
  readonly schema: number;
  readonly startedAt: string;
}

export function describeVersion(commit: string, schema: number, startedAt: Date): Version {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return {
    version: (JSON.parse(text) as { readonly version: string }).version,
    commit: commit === '' ? null : commit,
    node: process.version,
    schema,
    startedAt: startedAt.toISOString(),
  };
}
