import { expect, it } from 'vitest';
import {
  decodeEvent,
  encodeEvent,
  EventDecodeError,
  type RecordedEvent,
} from '../../../src/eventStore/eventCodec.ts';
import { walletStream } from '../../support/walletStream.ts';

function recorded(over: Partial<RecordedEvent> = {}): RecordedEvent {
  const [created] = walletStream('wallet-001', 100n);
  if (created === undefined) throw new Error('a stream has a first event');
  const { event, ...envelope } = created;
  const { type, schemaVersion, data } = encodeEvent(event);
  return { ...envelope, position: 7n, type, schemaVersion, data: JSON.parse(data) as unknown, ...over };
}

it('reads what it wrote', () => {
  expect(decodeEvent(recorded())).toEqual({ ...walletStream('wallet-001', 100n)[0], position: 7n });
});

it('refuses an event that newer code wrote, with position, wallet and reason', () => {
  const newer = recorded({ schemaVersion: recorded().schemaVersion + 1 });
  expect(() => decodeEvent(newer)).toThrow(EventDecodeError);
  expect(() => decodeEvent(newer)).toThrow(
    'event at position 7 of wallet "wallet-001" can\'t be read: schema version 2 is newer than 1',
  );
});

it.each([
  ['of an unknown type', { type: 'WalletPainted' }],
  ['of a version without an upcaster', { schemaVersion: 0 }],
  ['without content', { data: null }],
  ['with an amount that is a JSON number', { data: { ownerId: 'o', currency: 'USD', balanceMinor: 100 } }],
  ['with an amount below zero', { data: { ownerId: 'o', currency: 'USD', balanceMinor: '-1' } }],
  ['that lacks a field', { data: { currency: 'USD', balanceMinor: '1' } }],
])('refuses an event %s', (_, over) => {
  expect(() => decodeEvent(recorded(over))).toThrow(EventDecodeError);
});
