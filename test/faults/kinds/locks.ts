// Reads the wallet locks in Redis, and takes them from their holders or gives them to others.
import type { FaultEnvironment } from '../faultEnvironment.ts';

export interface Lock {
  readonly key: string;
  /** Names the process that holds it. */
  readonly token: string;
}

/** ARGV: the prefix of the keys. One script, so that no lock is released between reading and changing it. */
const held = `
local held = {}
for _, key in ipairs(redis.call('keys', ARGV[1] .. 'lock:*')) do
  if string.sub(key, -5) ~= ':next' then held[#held + 1] = key end
end
`;

const readScript = `${held}
local found = {}
for _, key in ipairs(held) do
  found[#found + 1] = key
  found[#found + 1] = redis.call('get', key)
end
return found`;

const deleteScript = `${held}
local deleted = 0
for _, key in ipairs(held) do deleted = deleted + redis.call('del', key) end
return deleted`;

/**
 * ARGV[2..]: tokens that were seen. Each lock is set to a token that is not its holder's. Its lease goes on.
 */
const giveScript = `${held}
local given = 0
for _, key in ipairs(held) do
  local holder = redis.call('get', key)
  for index = 2, #ARGV do
    if ARGV[index] ~= holder then
      redis.call('set', key, ARGV[index], 'keepttl')
      given = given + 1
      break
    end
  end
end
return given`;

const flushScript = `${held}
redis.call('flushall')
return #held`;

export async function readLocks({ redis, redisKeyPrefix }: FaultEnvironment): Promise<readonly Lock[]> {
  const found = (await redis.eval(readScript, 0, redisKeyPrefix)) as string[];
  const locks: Lock[] = [];
  for (let at = 0; at < found.length; at += 2) {
    locks.push({ key: found[at] ?? '', token: found[at + 1] ?? '' });
  }
  return locks;
}

/** Deletes the locks, as if each had expired under its holder. Gives their number. */
export async function deleteLocks({ redis, redisKeyPrefix }: FaultEnvironment): Promise<number> {
  return (await redis.eval(deleteScript, 0, redisKeyPrefix)) as number;
}

/**
 * Writes another process's token into each held lock, so that it counts the lock as its own. Gives their
 * number.
 */
export async function giveLocks(
  { redis, redisKeyPrefix }: FaultEnvironment,
  tokens: readonly string[],
): Promise<number> {
  return (await redis.eval(giveScript, 0, redisKeyPrefix, ...tokens)) as number;
}

/** FLUSHALL. Gives the number of held locks that were deleted. */
export async function flushAll({ redis, redisKeyPrefix }: FaultEnvironment): Promise<number> {
  return (await redis.eval(flushScript, 0, redisKeyPrefix)) as number;
}
