// Joins the processes of one log: elects a committer, hands commands over to it, or takes those of others.
// Messages go through Redis. Each process listens on one channel. Without Redis, or alone, a process commits
// its own commands.
//
// Several processes on one log otherwise halve each other's batches, and each batch costs PostgreSQL about as
// much as 15 commands. On few wallets they also wait for each other's locks.
import { hkdfSync } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { raiseFence, readFence } from '../../eventStore/logHead.ts';
import type { CommandQueue } from '../commandQueue.ts';
import { nameOfCode, nameOfDatabase } from './codeName.ts';
import { startElection } from './election.ts';
import { createHandOver, type HandOver } from './handOver.ts';
import { startListener } from './listener.ts';
import { decodeMessage, encodeMessage, type Message } from './messages.ts';
import { createMessageSeal } from './sealedMessages.ts';
import { createTakeOver, type TakeOverOptions } from './takeOver.ts';

export interface HandoverOptions {
  /** Runs commands in this process. */
  readonly queue: CommandQueue;
  /** Has to fail fast: no offline queue, no retries, a command timeout. */
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly keyPrefix: string;
  /** UUID of this process. */
  readonly processId: string;
  /** 32 bytes that every process of the installation has, and nobody else. */
  readonly secret: Uint8Array;
  readonly pool: Pool;
  /** Processes that reach the database by another name hand nothing to this one. */
  readonly databaseUrl: string;
  readonly renderOf: TakeOverOptions['renderOf'];
  readonly queueLengthMax: number;
  readonly busyCount: number;
  readonly waitMaxMs: number;
  readonly recallTimeMaxMs: number;
  readonly stopRecallTimeMaxMs: number;
  readonly onHanded: (count: number) => void;
  readonly onTaken: (count: number) => void;
  readonly onRecalled: (count: number) => void;
  /** Hears of failures of the connection that listens. */
  readonly onError: (error: Error) => void;
}

export interface Handover extends CommandQueue {
  /** Whether other processes hand their commands over to this one. */
  readonly isCommitter: () => boolean;
  /** Another process had locked a wallet that a command needs. */
  readonly noteContention: () => void;
  /** The other process that commits; undefined if this one does, or if there is none. */
  readonly handsTo: () => string | undefined;
}

/**
 * The ends of commands are sent again for longer than a lease lasts. If Redis is away for so long, the lease
 * goes to another process, and the senders call their commands back.
 */
const endsAttemptsMax = 30;
const endsPauseMs = 100;
/** A committer that does not reach PostgreSQL leaves the lease to others for so long. */
const asideMs = 5_000;

export function startHandover(options: HandoverOptions): Handover {
  const { queue, redis, keyPrefix, processId, pool, databaseUrl, onError } = options;
  const names = `${keyPrefix}handover:${nameOfCode()}-${nameOfDatabase(databaseUrl)}`;
  const channelOf = (token: string) => `${names}:${token}`;
  const key = new Uint8Array(hkdfSync('sha256', options.secret, '', 'wallet handover', 32));
  const messages = createMessageSeal(key, processId);
  let isCommitter = false;
  const { mayCommit, stepAside } = createAside();

  const send = (to: string, message: Message): Promise<number> =>
    redis.publish(channelOf(to), messages.seal(to, encodeMessage(message)));
  const take = createTakeOver({
    ...options,
    submit: queue.submit,
    send: (to, message) => {
      void sendAgain(() => send(to, message), onError);
    },
    onDatabaseAway: () => {
      if (stepAside()) election.askNow();
    },
  });
  const hand = createHandOver({
    ...options,
    runHere: queue.submit,
    runningHere: () => countIn(queue),
    send,
    readFence: () => readFence(pool),
    raiseFence: () => raiseFence(pool),
    askNow: () => {
      election.askNow();
    },
    monotonicMs,
  });
  const listener = startListener({
    redisUrl: options.redisUrl,
    channel: channelOf(processId),
    onMessage: (bytes) => {
      const opened = messages.open(bytes);
      if (opened === undefined) return;
      const message = decodeMessage(opened.content);
      if (message.kind === 'commands') take(opened.from, message);
      else hand.takeEnds(message.ends);
    },
    onSubscribed: () => {
      // Ends may have been sent while nobody listened.
      hand.recall();
      election.askNow();
    },
    onError,
  });
  const election = startElection({
    redis,
    leaseKey: `${names}:committer`,
    token: processId,
    connection: listener.connection,
    mayCommit,
    onRound: (holder) => {
      isCommitter = holder?.token === processId;
      hand.setHolder(isCommitter ? undefined : holder);
    },
    random: () => Math.random(),
    monotonicMs,
  });
  const close = async () => {
    isCommitter = false;
    await election.resign();
    await hand.close();
    // Senders notice that nobody gets their next message. The queue answers what they have handed over before
    // it closes.
    listener.close();
    await queue.close();
  };
  return { ...joined(options, hand), isCommitter: () => isCommitter, close };
}

function monotonicMs(): number {
  return performance.now();
}

/** Leaves the lease to others for a while. */
function createAside() {
  let until = -Infinity;
  const mayCommit = () => monotonicMs() >= until;
  return {
    mayCommit,
    /** False if this process has stepped aside already. */
    stepAside: () => {
      const isNew = mayCommit();
      until = monotonicMs() + asideMs;
      return isNew;
    },
  };
}

/** The receiver takes each end once, so a message of ends may arrive twice. */
async function sendAgain(send: () => Promise<number>, onError: (error: Error) => void): Promise<void> {
  for (let attempt = 1; attempt <= endsAttemptsMax; attempt += 1) {
    try {
      await send();
      return;
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
    await pause(endsPauseMs, undefined, { ref: false });
  }
}

/** The queue of this process together with what it has handed over. */
function joined(
  { queue, queueLengthMax }: HandoverOptions,
  hand: HandOver,
): Omit<Handover, 'isCommitter' | 'close'> {
  // Together, so that the queue has room for what is called back.
  const isFull = () => hand.openCount() > 0 && countIn(queue) + hand.openCount() >= queueLengthMax;
  return {
    submit: (submission) =>
      isFull() ? Promise.resolve({ kind: 'unavailable', reason: 'QUEUE_FULL' }) : hand.submit(submission),
    noteContention: hand.noteContention,
    handsTo: hand.committer,
    refuses: () => queue.refuses() ?? (isFull() ? 'QUEUE_FULL' : undefined),
    depth: () => {
      const { waiting, inFlight } = queue.depth();
      return { waiting, inFlight: inFlight + hand.openCount() };
    },
  };
}

function countIn(queue: CommandQueue): number {
  const { waiting, inFlight } = queue.depth();
  return waiting + inFlight;
}
