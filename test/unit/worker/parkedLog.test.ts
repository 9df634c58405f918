// Checks the worker's log lines about an event that a projection could not take.
import { expect, it } from 'vitest';
import { createLog } from '../../../src/telemetry/log.ts';
import { loggingParked } from '../../../worker/parkedLog.ts';

function linesOf(parked: number): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const passes: number[] = [];
  const log = createLog('info', 'worker', {
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const watch = loggingParked(
    {
      passed: (_, pass) => passes.push(pass.parked),
      drained: () => undefined,
      pagesInHand: () => undefined,
      drainFailed: () => undefined,
    },
    log,
  );
  const parkedEvents = Array.from({ length: parked }, (_, index) => ({
    position: BigInt(index + 1),
    walletId: 'wallet-1',
    reason: 'unknown type "WalletPainted"',
  }));
  watch.passed('ledger', { processed: parked, parked, parkedEvents, from: 0n, position: BigInt(parked) });
  expect(passes).toEqual([parked]);
  return lines;
}

it('a parked event is logged as a warning with projection, position, wallet and reason', () => {
  expect(linesOf(1)).toMatchObject([
    {
      level: 'warn',
      projection: 'ledger',
      position: 1,
      walletId: 'wallet-1',
      reason: 'unknown type "WalletPainted"',
      msg: 'an event was parked',
    },
  ]);
});

it('a pass that parks nothing writes nothing', () => {
  expect(linesOf(0)).toEqual([]);
});

it('a pass that parks thousands writes some lines and then their number', () => {
  const lines = linesOf(1_000);
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toMatchObject({ count: 980, msg: 'more events were parked' });
});
