// The Redis lock: it keeps two API processes from deciding about the same wallet at once, which would only cost
// one of them a retry. It is never what makes a result right: that is the event store's unique (wallet_id,
// version). So every failure of Redis means "go on without the lock", at once, and is counted.
import type { Redis } from 'ioredis';

/**
 * Takes the wallets of each group all or nothing. KEYS: the keys of all groups, one group after the other. ARGV:
 * token, lease in ms, how long a turn is kept in ms, then the size of each group. Answers 1 or 0 for each group. A
 * key with the caller's own token counts as free: within a process the queue keeps batches apart, and a release that
 * got lost must not lock it out.
 *
 * Who finds a wallet held is the next in turn: the holder can't take it again before him. Without that a busy process
 * takes its wallets back the moment it releases them; the other waits out its patience, and both work in small
 * batches. For the same reason a caller who could have less than half of its groups takes none: two processes that
 * want the same few wallets then take turns with whole batches instead of crumbling each other's.
 */
const acquireScript = `
local token, lease, turn, first = ARGV[1], ARGV[2], ARGV[3], 1
local granted, count, turns = {}, 0, {}
for group = 4, #ARGV do
  local last = first + tonumber(ARGV[group]) - 1
  local free = 1
  for index = first, last do
    local held = redis.call('mget', KEYS[index], KEYS[index] .. ':next')
    if (held[1] and held[1] ~= token) or (held[2] and held[2] ~= token) then free = 0 break end
    turns[index] = held[2]
  end
  granted[#granted + 1] = free
  count = count + free
  first = last + 1
end
first = 1
for group = 4, #ARGV do
  local last = first + tonumber(ARGV[group]) - 1
  if count * 2 < #granted then granted[group - 3] = 0 end
  for index = first, last do
    if granted[group - 3] == 1 then
      redis.call('set', KEYS[index], token, 'px', lease)
      if turns[index] then redis.call('del', KEYS[index] .. ':next') end
    else
      redis.call('set', KEYS[index] .. ':next', token, 'px', turn, 'nx')
    end
  end
  first = last + 1
end
return granted`;

/** Deletes only what still carries the token: a lease that ran out may belong to somebody else by now. */
const releaseScript = `
local released = 0
for index = 1, #KEYS do
  if redis.call('get', KEYS[index]) == ARGV[1] then released = released + redis.call('del', KEYS[index]) end
end
return released`;

/** Longer than the pause after which a command asks for its lock again; who died in between loses his turn. */
const turnMs = 20;

export interface LockAttempt {
  /** For each group asked for: whether its wallets may be worked on. All true when Redis did not answer. */
  readonly granted: readonly boolean[];
  /** Gives back whatever was taken. Never rejects and need not be awaited: a lost release costs one lease. */
  readonly release: () => Promise<void>;
}

export interface WalletLocks {
  readonly acquire: (groups: readonly (readonly string[])[]) => Promise<LockAttempt>;
}

export interface WalletLocksOptions {
  readonly keyPrefix: string;
  /** Names this process as the holder; unlike that of any other. */
  readonly token: string;
  /** Lease; longer than the longest statement that it covers. */
  readonly lockTtlMs: number;
  /** How long Redis is left alone after a failure. */
  readonly breakerOpenMs: number;
  readonly onBypass: (reason: Error) => void;
  readonly now: () => number;
}

/** Locks kept in Redis. `redis` must fail fast: no offline queue, no retries, a command timeout. */
export function createWalletLocks(redis: Redis, options: WalletLocksOptions): WalletLocks {
  const { keyPrefix, token, lockTtlMs, breakerOpenMs, onBypass, now } = options;
  let openUntil = 0;

  const bypass = (groups: readonly unknown[], reason: Error, release: () => Promise<void>): LockAttempt => {
    onBypass(reason);
    return { granted: groups.map(() => true), release };
  };

  return {
    async acquire(groups) {
      if (redis.status !== 'ready')
        return bypass(groups, new Error('Redis is not connected'), nothingToRelease);
      if (now() < openUntil) return bypass(groups, new Error('Redis failed a moment ago'), nothingToRelease);
      const distinct = new Map(groups.map((group) => [group.join(' '), group]));
      const keys = [...distinct.values()].flat().map((walletId) => `${keyPrefix}lock:${walletId}`);
      const release = async () => {
        try {
          await redis.eval(releaseScript, keys.length, ...keys, token);
        } catch {
          // The lease ends by itself; the next acquire meets the same Redis and counts the failure.
        }
      };
      try {
        const sizes = [...distinct.values()].map(({ length }) => length);
        const answer = await redis.eval(
          acquireScript,
          keys.length,
          ...keys,
          token,
          lockTtlMs,
          turnMs,
          ...sizes,
        );
        const free = new Map(
          [...distinct.keys()].map((name, index) => [name, (answer as number[])[index] === 1]),
        );
        return { granted: groups.map((group) => free.get(group.join(' ')) === true), release };
      } catch (error) {
        openUntil = now() + breakerOpenMs;
        // The script may have run although its answer was lost, so what it took is given back all the same.
        return bypass(groups, error instanceof Error ? error : new Error(String(error)), release);
      }
    },
  };
}

function nothingToRelease(): Promise<void> {
  return Promise.resolve();
}
