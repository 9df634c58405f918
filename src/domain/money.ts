// Converts money between minor units and decimal text. Inside, money is a whole number of a currency's minor
// units, as bigint. Outside, it is a decimal text with exactly the currency's decimals. Invariant: no float
// is ever made.
import { type Currency, decimalsOf } from './currency.ts';

/**
 * Largest amount and largest balance, in minor units: 18 digits, such as 9999999999999999.99 USD. The sum of
 * any two amounts fits into PostgreSQL's bigint.
 */
export const amountMinorMax = 10n ** 18n - 1n;

/** The reason why a text is not an amount, in words for the caller. */
interface AmountRefusal {
  readonly refused: string;
}

const plainDecimal = /^(0|[1-9]\d*)(?:\.(\d+))?$/;

/**
 * Minor units of a plain decimal such as "100", "100.5" or "100.00". Refuses signs, exponents, leading zeros,
 * more decimals than the currency has, and anything above `amountMinorMax`. Zero is an amount here; the
 * caller decides whether zero is allowed.
 */
export function parseAmount(decimal: string, currency: Currency): bigint | AmountRefusal {
  const decimals = decimalsOf(currency);
  const match = plainDecimal.exec(decimal);
  if (match === null)
    return { refused: 'must be a plain decimal number without sign, exponent or leading zeros' };
  const [, units = '', fraction = ''] = match;
  if (fraction.length > decimals) return { refused: `must have at most ${decimals} decimals in ${currency}` };
  // Checked by length first, so that a body full of digits never becomes a huge bigint.
  if (units.length > 19) return { refused: tooLarge(currency) };
  const minor = BigInt(units + fraction.padEnd(decimals, '0'));
  return minor > amountMinorMax ? { refused: tooLarge(currency) } : minor;
}

/** Like `parseAmount`, with a minus sign allowed. */
export function parseSignedAmount(decimal: string, currency: Currency): bigint | AmountRefusal {
  if (!decimal.startsWith('-')) return parseAmount(decimal, currency);
  const minor = parseAmount(decimal.slice(1), currency);
  return typeof minor === 'bigint' ? -minor : minor;
}

/**
 * The shortest text of the same amount: "50.00" and "50.0" become "50". So two texts are equal exactly if the
 * amounts are, in every currency. A text that is no plain decimal stays as it is.
 */
export function shortestDecimal(decimal: string): string {
  if (!plainDecimal.test(decimal)) return decimal;
  const point = decimal.indexOf('.');
  if (point === -1) return decimal;
  let end = decimal.length;
  while (decimal[end - 1] === '0') end -= 1;
  return decimal.slice(0, end - 1 === point ? point : end);
}

function tooLarge(currency: Currency): string {
  return `must be at most ${formatAmount(amountMinorMax, currency)} ${currency}`;
}

/** Decimal text of minor units with exactly the currency's decimals: 10000n USD is "100.00". */
export function formatAmount(minor: bigint, currency: Currency): string {
  if (minor < 0n) return `-${formatAmount(-minor, currency)}`;
  const decimals = decimalsOf(currency);
  if (decimals === 0) return minor.toString();
  const digits = minor.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
