// Amounts of the executable specification: decimal text and whole numbers of minor units.

const decimalsByCurrency: Readonly<Record<string, number>> = { USD: 2, EUR: 2, JPY: 0, KWD: 3, CLF: 4 };
export const modelCurrencies: readonly string[] = Object.keys(decimalsByCurrency);

/** The largest amount and the largest balance, in minor units. */
export const largestMinor = 999_999_999_999_999_999n;

/** Minor units of "12.34". Undefined if it is no plain decimal, too fine for the currency, or too large. */
export function minorOf(text: string, currency: string): bigint | undefined {
  const decimals = decimalsByCurrency[currency];
  const [units = '', fraction, ...rest] = text.split('.');
  const isDigits = (part: string) => /^[0-9]+$/.test(part);
  if (decimals === undefined || rest.length > 0 || !isDigits(units)) return undefined;
  if (fraction !== undefined && (!isDigits(fraction) || fraction.length > decimals)) return undefined;
  if (units.length > 1 && units.startsWith('0')) return undefined;
  const minor =
    BigInt(units) * 10n ** BigInt(decimals) + BigInt((fraction ?? '').padEnd(decimals, '0') || '0');
  return minor > largestMinor ? undefined : minor;
}

/** Like `minorOf`, with a minus sign allowed. */
export function signedMinorOf(text: string, currency: string): bigint | undefined {
  if (!text.startsWith('-')) return minorOf(text, currency);
  const minor = minorOf(text.slice(1), currency);
  return minor === undefined ? undefined : -minor;
}

/** "12.34" of 1234 minor units. */
export function decimalOf(minor: bigint, currency: string): string {
  if (minor < 0n) return `-${decimalOf(-minor, currency)}`;
  const decimals = decimalsByCurrency[currency] ?? 0;
  if (decimals === 0) return String(minor);
  const scale = 10n ** BigInt(decimals);
  return `${minor / scale}.${String(minor % scale).padStart(decimals, '0')}`;
}

/** The text by which two spellings of one amount are equal. */
export function amountValue(text: string): string {
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}
