// The wallet locks as they lie in Redis, and what can be done to them under their holders.
import type { FaultEnvironment } from '../faultEnvironment.ts';

export interface Lock {
  readonly key: string;
  /** Names the process that holds it. */
  readonly token: string;
}

/** ARGV: the prefix of the keys. In one script, so that no lock is given back between look and touch. */
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

/** ARGV[2..]: tokens that were seen. A lock gets one that its holder does not have; the lease goes on. */
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

/** As if each had expired under its holder. Gives how many there were. */
export async function deleteLocks({ redis, redisKeyPrefix }: FaultEnvironment): Promise<number> {
  return (await redis.eval(deleteScript, 0, redisKeyPrefix)) as number;
}

/** Gives each held lock to the holder of another token as well, who then counts it as its own. Gives how many. */
export async function giveLocks(
  { redis, redisKeyPrefix }: FaultEnvironment,
  tokens: readonly string[],
): Promise<number> {
  return (await redis.eval(giveScript, 0, redisKeyPrefix, ...tokens)) as number;
}

/** FLUSHALL; gives how many held locks went with it. */
export async function flushAll({ redis, redisKeyPrefix }: FaultEnvironment): Promise<number> {
  return (await redis.eval(flushScript, 0, redisKeyPrefix)) as number;
}
