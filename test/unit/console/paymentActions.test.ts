// The forms about money: the fields that they take, and the bodies that they send. An amount stays text, and
// has the decimals of its currency.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Filled } from '../../../console/action.ts';
import type { Hold } from '../../../console/holdQueries.ts';
import type { MovementView } from '../../../console/movementQueries.ts';
import { amountField, captureHold, placeHold, reverseMovement } from '../../../console/paymentActions.ts';
import type { Snapshot } from '../../../console/walletQueries.ts';

const takes = (like: string, typed: string) => {
  const { pattern } = amountField(like, 'USD');
  return new RegExp(`^(?:${pattern?.source ?? ''})$`, 'v').test(typed);
};

describe('an amount', () => {
  it.each([
    ['80.00', ['0.01', '1', '30.5', '0030.00', '9999999999999999.99']],
    ['80', ['1', '100']],
    ['1.000', ['0.001', '2.5']],
  ])('like %s is taken', (like, typed) => {
    for (const text of typed) expect([text, takes(like, text)]).toEqual([text, true]);
  });

  it.each([
    ['80.00', ['0', '0.00', '-1', '1.001', '1,00', '1e3', '.5', '5.', '', '12345678901234567']],
    ['80', ['1.0', '0.5']],
  ])('like %s is refused before it is sent', (like, typed) => {
    for (const text of typed) expect([text, takes(like, text)]).toEqual([text, false]);
  });
});

const wallet: Snapshot = {
  ...{ id: 'w', ownerId: 'o', balance: '100.00', held: '20.00', available: '80.00', currency: 'USD' },
  ...{ version: 1, createdAt: '', updatedAt: '' },
  status: 'active',
};
const hold: Hold = {
  status: 'open',
  ...{ holdId: 'h', walletId: 'w', amount: '30.00', captured: '10.00', released: '0.00' },
  ...{ remaining: '20.00', currency: 'USD', createdAt: '', expiresAt: '', endedAt: null, toWalletId: null },
  ...{ description: '', metadata: {} },
};
const movement: MovementView = {
  type: 'capture',
  ...{ movementId: 'w@4', amount: '25.00', currency: 'USD', occurredAt: '' },
  ...{ description: '', from: null, to: null, commandId: null, requestId: null, transferId: null },
  ...{ holdId: 'h', originalMovementId: null, reversed: '5.00', reversedBy: [], readModel: [] },
  ledger: { state: 'booked', reason: null, entries: [] },
};

describe('a form sends what it shows', () => {
  beforeAll(() => {
    // The command by hand begins with the address of the page.
    vi.stubGlobal('location', { origin: 'http://localhost' });
  });
  afterAll(() => {
    vi.unstubAllGlobals();
  });

  it.each<[string, { command: (filled: Filled, key: string) => string }, Filled, string]>([
    [
      'a hold',
      placeHold(wallet),
      { amount: '9007199254740993.10', lifetime: '3600', toWalletId: '', description: 'room' },
      '{"amount":"9007199254740993.10","expiresInSeconds":3600,"description":"room"}',
    ],
    [
      'a capture of a part',
      captureHold(hold),
      { amount: '10.00', rest: 'kept', description: 'night' },
      '{"amount":"10.00","final":false,"description":"night"}',
    ],
    [
      'the last capture',
      captureHold(hold),
      { amount: '10.00', rest: 'released', description: 'night' },
      '{"amount":"10.00","final":true,"description":"night"}',
    ],
    [
      'all that is left of a movement',
      reverseMovement(movement),
      { amount: '', reason: 'fraud', description: 'stolen' },
      '{"reason":"fraud","description":"stolen"}',
    ],
  ])('of %s', (_, action, filled, body) => {
    expect(action.command(filled, 'key-1')).toContain(body);
    expect(action.command(filled, 'key-1')).toContain("'idempotency-key: key-1'");
  });
});
