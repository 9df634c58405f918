import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencies, decimalsOf } from '../../../src/domain/currency.ts';
import { amountMinorMax, formatAmount, parseAmount } from '../../../src/domain/money.ts';

const anyCurrency = fc.constantFrom(...currencies());
const anyAmount = fc.bigInt({ min: 0n, max: amountMinorMax });

describe('money', () => {
  it('comes out of any currency exactly as it went in', () => {
    fc.assert(
      fc.property(anyAmount, anyCurrency, (minor, currency) => {
        expect(parseAmount(formatAmount(minor, currency), currency)).toBe(minor);
      }),
    );
  });

  it('is written with exactly the decimals of its currency', () => {
    expect(formatAmount(5n, 'USD')).toBe('0.05');
    expect(formatAmount(10000n, 'USD')).toBe('100.00');
    expect(formatAmount(10000n, 'JPY')).toBe('10000');
    expect(formatAmount(10000n, 'KWD')).toBe('10.000');
  });

  it('may be read with fewer decimals than the currency has', () => {
    expect(parseAmount('100', 'USD')).toBe(10000n);
    expect(parseAmount('100.5', 'USD')).toBe(10050n);
    expect(parseAmount('0', 'KWD')).toBe(0n);
  });

  it('keeps digits that a double does not have', () => {
    expect(parseAmount('9007199254740993.00', 'USD')).toBe(900719925474099300n);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    '1e2',
    '01',
    '00',
    '.5',
    '1.',
    '1,5',
    'NaN',
    'Infinity',
    '0x10',
    '1_000',
    '١',
    '1\n',
  ])('refuses %j', (text) => {
    expect(parseAmount(text, 'USD')).toHaveProperty('refused');
  });

  it('refuses one decimal more than the currency has', () => {
    fc.assert(
      fc.property(anyCurrency, (currency) => {
        expect(parseAmount(`1.${'0'.repeat(decimalsOf(currency) + 1)}`, currency)).toHaveProperty('refused');
      }),
    );
  });

  it('stops at the maximum, however long the number is', () => {
    expect(parseAmount('9999999999999999.99', 'USD')).toBe(amountMinorMax);
    expect(parseAmount('10000000000000000.00', 'USD')).toHaveProperty('refused');
    expect(parseAmount('9'.repeat(10_000), 'USD')).toHaveProperty('refused');
  });
});
