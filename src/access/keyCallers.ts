// Turns the key of a request into its caller. A key is looked up by its id once in a while, and then its
// caller is remembered. It runs for every request, so what is remembered costs a look into one map.
//
// Invariant: a key with a wrong checksum, a wrong secret, an end in the past, a revocation or a foreign
// address has no caller. Invariant: what is remembered is at most `rememberedMs` old, and nothing that was
// read before `forget` is used after it.
import type { BlockList } from 'node:net';
import type { Caller } from './caller.ts';
import type { StoredKey } from './apiKeys.ts';
import { isWithin, listOf } from '../networks.ts';
import { hashKey, isHashOf, type KeyHash, type Pepper } from './peppers.ts';
import { keyIdIn } from './keyText.ts';
import { isOperatorScope, isScope, type Scope, scopes } from './scopes.ts';

/** How long a process goes on with what it read of a key, if it hears of no change. */
const rememberedMs = 30_000;
/** Keys that are remembered of each kind: valid ones, and ids with or without a row. */
const rememberedMax = 10_000;
/** The use of a key is noted at most so often. */
const useNotedEveryMs = 60_000;

export interface KeyCallersDeps {
  readonly find: (id: string) => Promise<StoredKey | undefined>;
  /** Runs off the path of the request. It must not reject. */
  readonly noteUse: (id: string, newer: KeyHash | undefined) => Promise<void>;
  readonly peppers: readonly Pepper[];
  readonly monotonicMs: () => number;
}

export interface KeyCallers {
  /** `authorization` is the header, `address` that of the caller. Answers at once if it remembers. */
  readonly callerOf: (
    authorization: string | undefined,
    address: string,
  ) => Caller | undefined | Promise<Caller | undefined>;
  /** The caller of a key whose secret was compared before, when a session began. */
  readonly callerOfId: (id: string, address: string) => Promise<Caller | undefined>;
  /** Whether this header had a caller when it was last looked at, however long ago. Asks nobody. */
  readonly isFamiliar: (authorization: string | undefined) => boolean;
  /** Drops what is remembered. */
  readonly forget: () => void;
  readonly remembers: () => boolean;
}

/** A row as it was read. Times are monotonic milliseconds. */
interface Found {
  readonly key: StoredKey | undefined;
  readonly readAgainAt: number;
  /** The first moment at which the key is no longer valid. */
  readonly endsAt: number;
}

/** A key whose secret was compared. */
interface Known extends Found {
  readonly caller: Caller;
  readonly addresses: BlockList | undefined;
}

/** A change may come while a key is read. It is then read again, at most so often. */
const readsMax = 3;

export function createKeyCallers(deps: KeyCallersDeps): KeyCallers {
  const { monotonicMs } = deps;
  const rows = createRowMemory(deps);
  /** By the whole header, so that a valid key costs one look. */
  const known = new Map<string, Known>();
  /** Headers that had a caller. `forget` keeps them, because they let nobody in. */
  const familiar = new Map<string, true>();
  const usedAt = new Map<string, number>();

  const noteUse = (key: StoredKey, text: string) => {
    const now = monotonicMs();
    if (now - (usedAt.get(key.id) ?? -Infinity) < useNotedEveryMs) return;
    remember(usedAt, key.id, now);
    const isNewest = key.pepperId === deps.peppers[0]?.id;
    void deps.noteUse(key.id, isNewest ? undefined : hashKey(deps.peppers, text));
  };

  const judge = (one: Found, text: string, header: string, address: string): Caller | undefined => {
    familiar.delete(header);
    const key = validKeyIn(one, monotonicMs());
    if (key === undefined) return undefined;
    if (!isHashOf(deps.peppers, key, text)) return undefined;
    const addresses = addressesOf(key);
    const caller = toCaller(key);
    if (rows.holds(one)) remember(known, header, { ...one, caller, addresses });
    if (!isAllowed(addresses, address)) return undefined;
    remember(familiar, header, true);
    noteUse(key, text);
    return caller;
  };

  return {
    callerOf: (header, address) => {
      if (header === undefined) return undefined;
      const now = monotonicMs();
      const valid = known.get(header);
      if (valid !== undefined && valid.readAgainAt > now) {
        if (valid.endsAt <= now || !isAllowed(valid.addresses, address)) return undefined;
        return valid.caller;
      }
      const text = bearerIn(header);
      const id = text === undefined ? undefined : keyIdIn(text);
      if (text === undefined || id === undefined) return undefined;
      const one = rows.find(id);
      if (one instanceof Promise) return one.then((read) => judge(read, text, header, address));
      return judge(one, text, header, address);
    },
    callerOfId: async (id, address) => {
      const key = validKeyIn(await rows.find(id), monotonicMs());
      // Without its pepper no secret of this key can be compared any more, so it has ended.
      if (key === undefined || deps.peppers.every((pepper) => pepper.id !== key.pepperId)) return undefined;
      return isAllowed(addressesOf(key), address) ? toCaller(key) : undefined;
    },
    isFamiliar: (header) => header !== undefined && familiar.has(header),
    forget: () => {
      rows.forget();
      known.clear();
    },
    remembers: rows.remembers,
  };
}

/** Rows by id, also the absence of one. Requests that need the same row wait for one query. */
function createRowMemory({ find, monotonicMs }: Pick<KeyCallersDeps, 'find' | 'monotonicMs'>) {
  const found = new Map<string, Found>();
  const searches = new Map<string, Promise<Found>>();
  let generation = 0;

  const read = async (id: string): Promise<Found> => {
    for (let reads = 1; ; reads += 1) {
      const begun = generation;
      // Before the query, so that a key never lives longer than the database says.
      const askedAt = monotonicMs();
      const key = await find(id);
      const endsAt = askedAt + (key?.msLeft ?? Infinity);
      const result = { key, endsAt, readAgainAt: askedAt + rememberedMs };
      if (begun === generation) remember(found, id, result);
      else if (reads < readsMax) continue;
      return result;
    }
  };

  return {
    find: (id: string): Found | Promise<Found> => {
      const remembered = found.get(id);
      if (remembered !== undefined && remembered.readAgainAt > monotonicMs()) return remembered;
      let running = searches.get(id);
      if (running === undefined) {
        running = read(id).finally(() => searches.delete(id));
        searches.set(id, running);
      }
      return running;
    },
    /** False if the row was forgotten since it was read. */
    holds: (one: Found) => one.key !== undefined && found.get(one.key.id) === one,
    forget: () => {
      generation += 1;
      found.clear();
    },
    remembers: () => found.size > 0 || searches.size > 0,
  };
}

/** Undefined if there is no such key, or if it was revoked or has expired. */
function validKeyIn({ key, endsAt }: Found, nowMs: number): StoredKey | undefined {
  return key === undefined || key.revoked || endsAt <= nowMs ? undefined : key;
}

function addressesOf({ allowedAddresses }: StoredKey): BlockList | undefined {
  return allowedAddresses === null ? undefined : listOf(allowedAddresses);
}

/** The key in `Bearer wk_…`. The name of the scheme may be written in any case (RFC 9110, 11.1). */
function bearerIn(header: string): string | undefined {
  return /^bearer +(\S{1,128})$/i.exec(header)?.[1];
}

/** The map stays bounded. A full one begins anew, because that is cheap and rare. */
function remember<Value>(map: Map<string, Value>, name: string, value: Value): void {
  if (map.size >= rememberedMax) map.clear();
  map.set(name, value);
}

function toCaller({ id, tenant, operator, scopes: granted }: StoredKey): Caller {
  const every = granted.includes('*') ? scopes : granted.filter(isScope);
  // A row that somebody changed by hand must not let a tenant see the others.
  const own = every.filter((scope: Scope) => operator || !isOperatorScope(scope));
  return { actor: `key:${id}`, tenant, operator, scopes: new Set(own), keyId: id };
}

function isAllowed(addresses: BlockList | undefined, address: string): boolean {
  return addresses === undefined || isWithin(addresses, address);
}
