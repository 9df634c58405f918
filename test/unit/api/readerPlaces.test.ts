// The places of streams and waiting requests: of a caller, of a tenant, and of a process.
import { expect, it } from 'vitest';
import { createReaderPlaces, readersMaxOf } from '../../../src/api/events/readerPlaces.ts';

const watch = { opened: () => undefined, closed: () => undefined };
const limits = { readersMax: 4, readersPerTenantMax: 3, readersPerCallerMax: 2 };

it('a caller, a tenant and a process have a bound each, and a place that is left is free again', () => {
  const enter = createReaderPlaces(limits, watch);
  const open = (actor: string, tenant: string) => enter({ actor, tenant }, 'stream');
  const first = open('a1', 'a');
  open('a1', 'a');
  expect(() => open('a1', 'a')).toThrow('A caller may have 2');
  open('a2', 'a');
  expect(() => open('a2', 'a')).toThrow('A tenant may have 3');
  open('b1', 'b');
  expect(() => open('b2', 'b')).toThrow('This process has 4');
  first();
  first();
  open('b2', 'b');
  expect(() => open('b3', 'b')).toThrow('This process has 4');
});

it.each([
  [2000, 4096, 2000],
  [2000, 100, 50],
  [2000, 1, 1],
])('of %i readers wanted over %i connections, %i may be open', (wanted, connections, allowed) => {
  expect(readersMaxOf({ EVENT_READERS_MAX: wanted, HTTP_CONNECTIONS_MAX: connections })).toBe(allowed);
});
