// Folders of the local stack. Data and logs are under var/ of this clone. Obtained programs are in a cache
// that all clones of this user share.
import { homedir } from 'node:os';
import path from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export const root = path.resolve(import.meta.dirname, '..');

/** An empty variable counts as not set, as in src/config/config.ts. */
export function given(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

export function varDirOf(environment: Environment): string {
  return path.resolve(root, given(environment, 'WALLET_VAR_DIR') ?? 'var');
}

export function cacheDirOf(environment: Environment): string {
  const own = given(environment, 'WALLET_CACHE_DIR');
  if (own !== undefined) return path.resolve(own);
  return path.join(given(environment, 'XDG_CACHE_HOME') ?? path.join(homedir(), '.cache'), 'wallet-service');
}
