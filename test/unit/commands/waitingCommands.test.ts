import { describe, expect, it } from 'vitest';
import {
  createWaitingCommands,
  freeWallets,
  hasUnscanned,
  putBack,
  type QueuedCommand,
  scanAgain,
  takeExpired,
  takeReady,
} from '../../../src/commands/waitingCommands.ts';

function queued(arrivedAt: number, ...walletIds: string[]): QueuedCommand {
  const command = { walletIds, arrivedAt, lockedSince: undefined, withoutLock: false, resting: false };
  return command as unknown as QueuedCommand;
}

/** Commands in order of arrival, each on the wallets that its text names. */
function waitingOn(...walletsOfEach: string[]) {
  const waiting = createWaitingCommands();
  const commands = walletsOfEach.map((wallets, index) => queued(index + 1, ...wallets.split(' ')));
  waiting.commands.push(...commands);
  return { waiting, commands };
}

describe('commands that wait', () => {
  it('are taken in order of arrival, at most as many as asked for', () => {
    const { waiting, commands } = waitingOn('a', 'b', 'c');
    expect(takeReady(waiting, 2)).toEqual(commands.slice(0, 2));
    expect(takeReady(waiting, 2)).toEqual(commands.slice(2));
    expect(hasUnscanned(waiting)).toBe(false);
  });

  it('of one wallet go into one batch', () => {
    const { waiting, commands } = waitingOn('a', 'a');
    expect(takeReady(waiting, 9)).toEqual(commands);
  });

  it('wait while a batch has one of their wallets, and are ready when it is freed', () => {
    const { waiting, commands } = waitingOn('a', 'a b', 'c');
    const batch = takeReady(waiting, 1);
    expect(takeReady(waiting, 9)).toEqual(commands.slice(2));
    freeWallets(waiting, batch);
    scanAgain(waiting);
    expect(takeReady(waiting, 9)).toEqual(commands.slice(1, 2));
  });

  it('are not overtaken on any of their wallets', () => {
    const { waiting, commands } = waitingOn('a', 'a b', 'b c', 'c d', 'e');
    takeReady(waiting, 1);
    expect(takeReady(waiting, 9)).toEqual(commands.slice(4));
  });

  it('that were found blocked are scanned once, and block what comes after the scan', () => {
    const { waiting, commands } = waitingOn('a', 'a b');
    takeReady(waiting, 1);
    expect(takeReady(waiting, 9)).toEqual([]);
    expect(hasUnscanned(waiting)).toBe(false);
    const [onB, onC] = [queued(3, 'b'), queued(4, 'c')];
    waiting.commands.push(onB, onC);
    expect(takeReady(waiting, 9)).toEqual([onC]);
    expect(waiting.commands).toEqual([commands[1], onB]);
  });

  it('are passed over while they rest, and keep their turn', () => {
    const { waiting, commands } = waitingOn('a', 'a', 'b');
    const [first] = commands as [QueuedCommand];
    first.resting = true;
    expect(takeReady(waiting, 9)).toEqual(commands.slice(2));
    first.resting = false;
    scanAgain(waiting);
    expect(takeReady(waiting, 9)).toEqual(commands.slice(0, 2));
  });

  it('return to their places in the order of arrival', () => {
    const { waiting, commands } = waitingOn('a', 'b', 'c', 'd');
    const [first, second, third] = commands as [QueuedCommand, QueuedCommand, QueuedCommand];
    takeReady(waiting, 3);
    putBack(waiting, [third, first]);
    expect(waiting.commands).toEqual([first, third, commands[3]]);
    putBack(waiting, [second]);
    expect(waiting.commands).toEqual(commands);
  });

  it('expire from the front, and free the turn that they kept', () => {
    const { waiting, commands } = waitingOn('a', 'a b', 'b');
    takeReady(waiting, 1);
    expect(takeReady(waiting, 9)).toEqual([]);
    expect(takeExpired(waiting, 2)).toEqual(commands.slice(1, 2));
    expect(takeReady(waiting, 9)).toEqual(commands.slice(2));
    expect(takeExpired(waiting, 99)).toEqual([]);
  });
});
