import { expect, it } from 'vitest';
import { isNetworkWithin } from '../../src/networks.ts';

it.each([
  ['10.1.2.3', true],
  ['10.1.0.0/16', true],
  ['10.0.0.0/8', true],
  ['10.0.0.0/7', false],
  ['0.0.0.0/0', false],
  ['11.0.0.0/8', false],
  ['2001:db8:1::/48', true],
  ['2001:db8::/31', false],
  ['::/0', false],
  // It holds every address of IPv4, though it begins like one of them.
  ['::ffff:10.0.0.0/96', false],
])('whether 10.0.0.0/8 and 2001:db8::/32 hold all of %s: %s', (inner, held) => {
  expect(isNetworkWithin(['10.0.0.0/8', '2001:db8::/32'], inner)).toBe(held);
});
