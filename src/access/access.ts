// Wires the access of one process: who calls, by which key. The API and the worker make it at their start.
import { randomBytes } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { createPool } from '../eventStore/database.ts';
import { findKey, noteKeyUse, readKeyChanges } from './apiKeys.ts';
import { localCaller } from './caller.ts';
import { createIssueKey, type IssueKey } from './issueKey.ts';
import { createKeyCallers, type KeyCallers } from './keyCallers.ts';
import { subscribeToKeyChanges, watchKeyCounter } from './keyChanges.ts';
import { peppersOf } from './peppers.ts';

/** Keys are read seldom, and must not wait for reads or commands. */
const connectionsMax = 2;

export interface ProcessAccess extends Pick<KeyCallers, 'callerOf' | 'callerOfId' | 'isFamiliar'> {
  /** Makes new keys. Undefined if there is no pepper. */
  readonly issueKey: IssueKey | undefined;
  /** Drops what this process remembers of keys. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

/**
 * `onError` hears of failures that cost no request anything. Throws a ConfigError if the process asks for
 * keys and has no pepper to check them with.
 */
export function createAccess(config: Config, onError: (error: unknown) => void): ProcessAccess {
  // An open process checks no keys, and still makes them for the time when it does.
  if (config.ACCESS === 'open')
    return {
      callerOf: () => localCaller,
      callerOfId: () => Promise.resolve(undefined),
      isFamiliar: () => true,
      issueKey: config.API_KEY_PEPPERS === '' ? undefined : issuing(config),
      forget: () => undefined,
      close: () => Promise.resolve(),
    };
  const peppers = peppersOf(config);
  const pool = createPool(
    { ...config, DATABASE_CONNECTIONS_MAX: connectionsMax },
    'wallet-keys',
    onError,
    'reads',
  );
  const keys = createKeyCallers({
    find: (id) => findKey(pool, id),
    noteUse: (id, newer) => noteKeyUse(pool, id, newer).catch(onError),
    peppers,
    monotonicMs: () => performance.now(),
  });
  const counter = watchKeyCounter({ readCounter: () => readKeyChanges(pool), ...keys, onError });
  const messages = subscribeToKeyChanges(config, keys.forget, onError);
  return {
    callerOf: keys.callerOf,
    callerOfId: keys.callerOfId,
    isFamiliar: keys.isFamiliar,
    issueKey: issuing(config),
    forget: keys.forget,
    close: async () => {
      counter.close();
      messages.close();
      await pool.end();
    },
  };
}

function issuing(config: Config): IssueKey {
  return createIssueKey(peppersOf(config), config.API_KEY_KIND, randomBytes);
}
