// The random values that several requests of the pure histories have: few wallets, and amounts around every
// limit.
import fc from 'fast-check';
import { largestMinor } from '../../support/model/amounts.ts';

/** Most histories never create "x", so requests to a missing wallet occur too. */
export const walletId = fc.constantFrom('a', 'b', 'c', 'd', 'x');
const borders = [
  '0', '0.00', '00.1', '01', '.5', '5.', '-1', '+1', '1e3', '1E2', ' 1', '1 ', '', 'NaN', 'Infinity', '0x10', '1,5',
  '1.2.3', '1.234', '1.23456', '٣', '9007199254740993', '9007199254740993.01', '9999999999999999.99',
  '10000000000000000.00', '999999999999999999', '1000000000000000000', '99999999999999999999999999', '0.01', '0.1',
]; // prettier-ignore

export const amount = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .nat(3_000)
      .map((cents) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`),
  },
  { weight: 4, arbitrary: fc.nat(50).map(String) },
  { weight: 2, arbitrary: fc.constantFrom(...borders) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: largestMinor }).map(String) },
);
export const ifMatch = fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 4 });
export const description = fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme', maxLength: 12 }));
