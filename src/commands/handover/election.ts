// Elects the committer among the processes of one log: the one that holds the lease in Redis. The lease is a
// hint, as a wallet's lock is. Two committers at once cost time and nothing else, because the append guards
// what it writes.
import type { Redis } from 'ioredis';

/**
 * Keeps the lease if this process has it, takes it if it is free, and answers whose it is. ARGV are the
 * token, the number of the connection that listens, the lease in ms, and whether this process may commit.
 * A process that may not gives its lease back. The answer is empty if nobody has the lease.
 */
const electScript = `
local holder = redis.call('get', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[1]) ~= ARGV[1] then return holder end
if ARGV[4] ~= '1' then
  if holder then redis.call('del', KEYS[1]) end
  return ''
end
holder = ARGV[1] .. ' ' .. ARGV[2]
redis.call('set', KEYS[1], holder, 'px', ARGV[3])
return holder`;

const resignScript = `
local holder = redis.call('get', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`;

/** A committer that stopped without a word is replaced after so long. */
const leaseMs = 2_000;
const roundMs = 500;
/** Another process may have this share of a round less, so that their questions don't come together. */
const roundSpread = 0.2;

export interface ElectionOptions {
  readonly redis: Pick<Redis, 'eval' | 'status'>;
  readonly leaseKey: string;
  readonly token: string;
  /**
   * The number of the connection on which this process listens; undefined while it does not. What was sent
   * to an earlier connection may be lost, so another number is another holder.
   */
  readonly connection: () => number | undefined;
  /** Whether this process could commit commands of others. */
  readonly mayCommit: () => boolean;
  /** Hears after each round whose lease it is. Undefined if nobody could be asked. */
  readonly onRound: (holder: Holder | undefined) => void;
  readonly random: () => number;
  readonly monotonicMs: () => number;
}

export interface Holder {
  readonly token: string;
  /** Differs from every earlier holder's. */
  readonly name: string;
}

export interface Election {
  /** Asks soon, and not only in the next round. */
  readonly askNow: () => void;
  /** Gives the lease back. Never rejects. */
  readonly resign: () => Promise<void>;
}

export function startElection(options: ElectionOptions): Election {
  const { onRound, random, connection, monotonicMs } = options;
  const { redis, leaseKey, token } = options;
  /** The last answer. Nobody else has the lease until then. */
  let known: { readonly holder: Holder; readonly until: number } | undefined;
  let closed = false;
  let asking = false;
  let timer: NodeJS.Timeout | undefined;

  async function ask(): Promise<void> {
    if (asking || closed) return;
    asking = true;
    clearTimeout(timer);
    const holder = await askWhose();
    asking = false;
    if (isClosed()) return;
    onRound(holder);
    timer = setTimeout(() => void ask(), roundMs * (1 - random() * roundSpread)).unref();
  }
  const isClosed = () => closed;

  /** Undefined if nobody has the lease, or if that is not known. Then each process commits alone. */
  async function askWhose(): Promise<Holder | undefined> {
    const number = connection();
    if (redis.status !== 'ready' || number === undefined) {
      known = undefined;
      return undefined;
    }
    const until = monotonicMs() + leaseMs;
    try {
      const mayCommit = options.mayCommit() ? 1 : 0;
      const name = String(await redis.eval(electScript, 1, leaseKey, token, number, leaseMs, mayCommit));
      known = name === '' ? undefined : { holder: { name, token: name.split(' ', 1)[0] ?? '' }, until };
    } catch {
      // The connection's own listener reports an outage. One question without an answer is none: the lease
      // goes on, and calling all handed commands back would cost more than waiting for its end.
      if (known !== undefined && monotonicMs() >= known.until) known = undefined;
    }
    return known?.holder;
  }

  void ask();
  return {
    askNow: () => void ask(),
    async resign() {
      closed = true;
      clearTimeout(timer);
      if (redis.status !== 'ready') return;
      try {
        await redis.eval(resignScript, 1, leaseKey, token);
      } catch {
        // The lease ends by itself.
      }
    },
  };
}
