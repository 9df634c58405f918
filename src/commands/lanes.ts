// Runs the waiting commands in batches, at most `lanes` batches at once. A batch forms from the commands that
// arrive while the batches before it commit, and never waits for more of them if no other batch runs. A
// command returns to its place if another process has locked its wallet, and is tried again after a short
// pause. A command that waited too long ends with QUEUE_TIMEOUT.
//
// Every batch costs PostgreSQL as much as 15 more credits in another batch would. So a second batch starts
// beside a running one only if it is large, or if a command has waited for long.
import type { BatchedCommand, BatchResult } from './executeBatch.ts';
import {
  arrivalOfUnscanned,
  countUnscanned,
  freeWallets,
  hasUnscanned,
  putBack,
  type QueuedCommand,
  scanAgain,
  takeExpired,
  takeReady,
  type WaitingCommands,
} from './waitingCommands.ts';

export interface LanesOptions {
  readonly runBatch: (batch: readonly BatchedCommand[]) => Promise<readonly BatchResult[]>;
  readonly lanes: number;
  readonly batchSizeMax: number;
  /** A batch starts beside another one if so many commands wait. */
  readonly besideCountMin: number;
  /** It also starts once a command has waited so long, since the running batch may hang. */
  readonly besideWaitMaxMs: number;
  readonly queueTimeMaxMs: number;
  /** Longest wait for wallets that another process has locked. Then the command runs without their lock. */
  readonly lockWaitMaxMs: number;
  readonly now: () => number;
  /** Between 0 and 1; spreads the retries of processes that want the same wallet. */
  readonly random: () => number;
}

interface LanesListener {
  /** Hears how each command ended. */
  readonly onEnded: (command: QueuedCommand, result: EndResult) => void;
  /** Called when nothing waits and nothing runs. */
  readonly onIdle: () => void;
}

/** The end of a command: any result but the one that puts it back into the queue. */
export type EndResult = Exclude<BatchResult, { readonly kind: 'locked' }>;

interface Lanes {
  readonly options: LanesOptions;
  readonly waiting: WaitingCommands;
  readonly listener: LanesListener;
  batchesRunning: number;
  commandsRunning: number;
  pumpScheduled: boolean;
  expiryTimer: NodeJS.Timeout | undefined;
  besideTimer: NodeJS.Timeout | undefined;
}

/** Shorter than another process keeps a wallet for one batch, so a process whose turn it is delays nobody. */
const lockRetryMinMs = 1;
const lockRetryMaxMs = 3;

export function createLanes(options: LanesOptions, waiting: WaitingCommands, listener: LanesListener): Lanes {
  return {
    options,
    waiting,
    listener,
    batchesRunning: 0,
    commandsRunning: 0,
    pumpScheduled: false,
    expiryTimer: undefined,
    besideTimer: undefined,
  };
}

/**
 * Starts batches after the current round of socket events, so that requests which arrived together run
 * together.
 */
export function schedulePump(lanes: Lanes): void {
  if (lanes.pumpScheduled) return;
  lanes.pumpScheduled = true;
  setImmediate(pump, lanes);
}

export function isIdle({ waiting, commandsRunning }: Lanes): boolean {
  return waiting.commands.length === 0 && commandsRunning === 0;
}

function pump(lanes: Lanes): void {
  const { options, waiting } = lanes;
  lanes.pumpScheduled = false;
  refuseExpired(lanes);
  while (lanes.batchesRunning < options.lanes && hasUnscanned(waiting) && mayStart(lanes)) {
    const batch = takeReady(waiting, options.batchSizeMax);
    if (batch.length === 0) break;
    void runInLane(lanes, batch);
  }
  scheduleExpiry(lanes);
  if (isIdle(lanes)) lanes.listener.onIdle();
}

/** If not, a timer asks again when the oldest command has waited long enough. */
function mayStart(lanes: Lanes): boolean {
  const { options, waiting } = lanes;
  if (lanes.batchesRunning === 0 || countUnscanned(waiting) >= options.besideCountMin) return true;
  const waitMs = options.besideWaitMaxMs - (options.now() - arrivalOfUnscanned(waiting));
  if (waitMs <= 0) return true;
  lanes.besideTimer ??= setTimeout(() => {
    lanes.besideTimer = undefined;
    pump(lanes);
  }, Math.ceil(waitMs)).unref();
  return false;
}

function rescan(lanes: Lanes): void {
  scanAgain(lanes.waiting);
  schedulePump(lanes);
}

function refuseExpired({ options, waiting, listener }: Lanes): void {
  for (const command of takeExpired(waiting, options.now() - options.queueTimeMaxMs))
    listener.onEnded(command, { kind: 'unavailable', reason: 'QUEUE_TIMEOUT' });
}

/** One timer, for the oldest command. It matters only while every lane hangs. */
function scheduleExpiry(lanes: Lanes): void {
  const { options, waiting } = lanes;
  const oldest = waiting.commands[0];
  if (lanes.expiryTimer !== undefined || oldest === undefined) return;
  lanes.expiryTimer = setTimeout(
    () => {
      lanes.expiryTimer = undefined;
      rescan(lanes);
    },
    Math.max(1, oldest.arrivedAt + options.queueTimeMaxMs - options.now()),
  ).unref();
}

async function runInLane(lanes: Lanes, batch: readonly QueuedCommand[]): Promise<void> {
  lanes.batchesRunning += 1;
  lanes.commandsRunning += batch.length;
  let results: readonly BatchResult[];
  try {
    results = await lanes.options.runBatch(batch);
  } catch (error) {
    results = batch.map(() => ({ kind: 'failed', error }));
  }
  freeWallets(lanes.waiting, batch);
  lanes.batchesRunning -= 1;
  lanes.commandsRunning -= batch.length;
  endBatch(lanes, batch, results);
  rescan(lanes);
}

function endBatch(lanes: Lanes, batch: readonly QueuedCommand[], results: readonly BatchResult[]): void {
  const locked: QueuedCommand[] = [];
  batch.forEach((command, index) => {
    const result = results[index] ?? {
      kind: 'failed',
      error: new Error('the batch left a command without a result'),
    };
    if (result.kind === 'locked') locked.push(command);
    else lanes.listener.onEnded(command, result);
  });
  retryLater(lanes, locked);
  putBack(lanes.waiting, locked);
}

/**
 * All pause together, so that they form one batch again. If each had its own pause, each would return as a
 * batch of one.
 */
function retryLater(lanes: Lanes, locked: readonly QueuedCommand[]): void {
  if (locked.length === 0) return;
  const { now, random, lockWaitMaxMs } = lanes.options;
  const time = now();
  const delayMs = lockRetryMinMs + random() * (lockRetryMaxMs - lockRetryMinMs);
  const resting = locked.filter((command) => {
    command.lockedSince ??= time;
    command.withoutLock = time + delayMs - command.lockedSince >= lockWaitMaxMs;
    return !command.withoutLock;
  });
  if (resting.length === 0) return;
  // A flag and not a time to compare with: timers may fire a little before their time.
  for (const command of resting) command.resting = true;
  setTimeout(() => {
    for (const command of resting) command.resting = false;
    rescan(lanes);
  }, delayMs);
}
