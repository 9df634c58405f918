// The Redis lock keeps two API processes from deciding about the same wallet at once, which saves one of them
// a retry. It does not make a result right: the unique (wallet_id, version) of the event store does. So after
// any failure of Redis the batch goes on without the lock at once, and the failure is counted.
import type { Redis } from 'ioredis';

/**
 * Locks the wallets of each group, all of a group or none. KEYS are the keys of all groups, one group after
 * the other. ARGV are the token, the lease in ms, the time in ms for which a turn is reserved, and the size
 * of each group. The script answers 1 or 0 for each group. A key with the caller's own token counts as free.
 * Within a process the queue keeps batches apart, and a lost release must not lock the process out.
 *
 * A process that finds a wallet locked reserves the next turn, and the other process cannot lock it again
 * first. Without turns a busy process would lock its wallets again as soon as it releases them. The other one
 * would wait to its limit, and both would work in small batches. For the same reason a process that could
 * lock fewer than half of its groups locks none. Two processes that want the same few wallets then take turns
 * with whole batches.
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

/** Deletes only keys that still carry the token: after its lease a key may belong to another process. */
const releaseScript = `
local released = 0
for index = 1, #KEYS do
  if redis.call('get', KEYS[index]) == ARGV[1] then released = released + redis.call('del', KEYS[index]) end
end
return released`;

/** Longer than the pause before a command asks for its lock again. A process that died loses its turn. */
const turnMs = 20;

interface LockAttempt {
  /** For each group: whether its wallets may be changed. All true if Redis did not answer. */
  readonly granted: readonly boolean[];
  /** Releases the granted locks. Never rejects and need not be awaited: a lost release costs one lease. */
  readonly release: () => Promise<void>;
}

export interface WalletLocks {
  readonly acquire: (groups: readonly (readonly string[])[]) => Promise<LockAttempt>;
}

interface WalletLocksOptions {
  readonly keyPrefix: string;
  /** Names this process in its locks. No other process has the same. */
  readonly token: string;
  /** The lease; longer than the longest statement that it covers. */
  readonly lockTtlMs: number;
  /** How long Redis is not asked after a failure. */
  readonly breakerOpenMs: number;
  readonly onBypass: (reason: Error) => void;
  /** Hears of every answer of Redis, whether or not the wallets were free. */
  readonly onAnswered?: () => void;
  readonly now: () => number;
}

/** Locks in Redis. `redis` must fail fast: no offline queue, no retries, a command timeout. */
export function createWalletLocks(redis: Redis, options: WalletLocksOptions): WalletLocks {
  const { keyPrefix, token, lockTtlMs, breakerOpenMs, onBypass, onAnswered, now } = options;
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
          // The lease ends by itself. The next acquire meets the same Redis and counts the failure.
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
        onAnswered?.();
        const free = new Map(
          [...distinct.keys()].map((name, index) => [name, (answer as number[])[index] === 1]),
        );
        return { granted: groups.map((group) => free.get(group.join(' ')) === true), release };
      } catch (error) {
        openUntil = now() + breakerOpenMs;
        // The script may have run although its answer was lost, so its locks are released too.
        return bypass(groups, error instanceof Error ? error : new Error(String(error)), release);
      }
    },
  };
}

function nothingToRelease(): Promise<void> {
  return Promise.resolve();
}
