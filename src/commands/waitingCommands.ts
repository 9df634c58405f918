// The order of the commands that wait, as plain data. It decides which of them may run next, and the lanes
// ask it before every batch. It has no clock, timer or promise. Each function only changes the state that it
// is given.
//
// Invariant: a wallet is in at most one running batch.
// Invariant: a command that must wait keeps its turn on each of its wallets. No later command on one of them
// overtakes it, so neither wallet of a transfer can starve the transfer.
import type { BatchedCommand } from './executeBatch.ts';
import type { SubmissionResult } from './submission.ts';

/** A command in the queue, from its arrival to its answer. */
export interface QueuedCommand extends BatchedCommand {
  readonly walletIds: readonly string[];
  readonly arrivedAt: number;
  /** When another process was first found to have locked its wallets. */
  lockedSince: number | undefined;
  /** It waited for its lock long enough and runs without it. The other process may have died. */
  withoutLock: boolean;
  /** It pauses a moment before it asks for its lock again. */
  resting: boolean;
  readonly resolve: (result: SubmissionResult) => void;
  readonly reject: (error: unknown) => void;
}

export interface WaitingCommands {
  /** In order of arrival. */
  commands: QueuedCommand[];
  /** Wallets of the batches that run now. */
  readonly busyWallets: Set<string>;
  /** Number of commands at the front that were found blocked. They stay blocked until `scanAgain`. */
  scanned: number;
  /** Wallets of those commands: later commands on them are blocked too. */
  blockedWallets: Set<string>;
}

export function createWaitingCommands(): WaitingCommands {
  return { commands: [], busyWallets: new Set(), scanned: 0, blockedWallets: new Set() };
}

/** True if `takeReady` could still find a command. */
export function hasUnscanned({ commands, scanned }: WaitingCommands): boolean {
  return scanned < commands.length;
}

/** How many commands `takeReady` would look at. */
export function countUnscanned({ commands, scanned }: WaitingCommands): number {
  return commands.length - scanned;
}

/** When the first command that `takeReady` would look at arrived. Ask only if there is one. */
export function arrivalOfUnscanned({ commands, scanned }: WaitingCommands): number {
  return (commands[scanned] as QueuedCommand).arrivedAt;
}

/** Call it when a blocked command may be ready: a wallet is free, a pause ended, or the front changed. */
export function scanAgain(waiting: WaitingCommands): void {
  waiting.scanned = 0;
  waiting.blockedWallets = new Set();
}

/**
 * Takes at most `countMax` ready commands from the part not scanned yet. Their wallets are busy from now on.
 */
export function takeReady(waiting: WaitingCommands, countMax: number): QueuedCommand[] {
  const { commands, busyWallets, blockedWallets, scanned } = waiting;
  const taken: QueuedCommand[] = [];
  const left = commands.slice(0, scanned);
  let index = scanned;
  for (; index < commands.length && taken.length < countMax; index += 1) {
    const command = commands[index] as QueuedCommand;
    if (isReady(command, waiting)) taken.push(command);
    else {
      for (const walletId of command.walletIds) blockedWallets.add(walletId);
      left.push(command);
    }
  }
  waiting.scanned = left.length;
  waiting.commands = index < commands.length ? left.concat(commands.slice(index)) : left;
  for (const command of taken) for (const walletId of command.walletIds) busyWallets.add(walletId);
  return taken;
}

function isReady(command: QueuedCommand, { busyWallets, blockedWallets }: WaitingCommands): boolean {
  return (
    !command.resting &&
    command.walletIds.every((walletId) => !busyWallets.has(walletId) && !blockedWallets.has(walletId))
  );
}

/** Frees the wallets of a batch that has ended, so that another batch may have them. */
export function freeWallets({ busyWallets }: WaitingCommands, batch: readonly QueuedCommand[]): void {
  for (const command of batch) for (const walletId of command.walletIds) busyWallets.delete(walletId);
}

/**
 * Returns commands to their places in the order of arrival. Expiry and the order on each wallet rely on it.
 */
export function putBack(waiting: WaitingCommands, returned: readonly QueuedCommand[]): void {
  if (returned.length === 0) return;
  waiting.commands = returned.concat(waiting.commands).sort((one, other) => one.arrivedAt - other.arrivedAt);
}

/**
 * Takes the commands that arrived at `arrivedMax` or before: the queue is in order, so they are at its front.
 */
export function takeExpired(waiting: WaitingCommands, arrivedMax: number): QueuedCommand[] {
  const { commands } = waiting;
  const firstAllowed = commands.findIndex(({ arrivedAt }) => arrivedAt > arrivedMax);
  const expired = commands.splice(0, firstAllowed === -1 ? commands.length : firstAllowed);
  if (expired.length > 0) scanAgain(waiting);
  return expired;
}
