// Calculates with amounts, which are decimal text, such as "100.00". It also reads answers of the paths
// without /v1, whose amounts are JSON numbers. It takes them from the source text of the JSON, so no digit is
// lost.
import { amountMembers } from './generatedTypes.ts';

const amounts: ReadonlySet<string> = new Set(amountMembers);

/**
 * Throws if JSON.parse does not give the digits of a number: there every amount would be a float. That is so
 * before Node.js 21, Chrome 114, Firefox 135 and Safari 18.4.
 */
function assertExactJson(): void {
  const digits = (_name: string, value: unknown, context?: { readonly source?: string }) =>
    context?.source ?? value;
  if (JSON.parse('1', digits as Parameters<typeof JSON.parse>[1]) !== '1')
    throw new Error('parseExactJson needs Node.js 21 or newer: here amounts in JSON numbers would be floats');
}

/**
 * Parses JSON with every amount as the decimal text that was sent, and everything else as JSON.parse does.
 * Throws in a runtime that hides the digits.
 */
export function parseExactJson(text: string): unknown {
  assertExactJson();
  const revive = (name: string, value: unknown, { source }: { readonly source?: string }): unknown =>
    typeof value === 'number' && source !== undefined && amounts.has(name) ? source : value;
  return JSON.parse(text, revive as Parameters<typeof JSON.parse>[1]) as unknown;
}

export interface MinorUnits {
  readonly minor: bigint;
  readonly decimals: number;
}

/**
 * "100.05" as 10005 of a unit with two decimals, for sums and comparisons. Throws unless the text is a plain
 * decimal.
 */
export function toMinorUnits(decimal: string): MinorUnits {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal);
  if (match === null) throw new RangeError(`"${decimal}" is not a plain decimal`);
  const [, sign = '', units = '', fraction = ''] = match;
  return { minor: BigInt(`${sign}${units}${fraction}`), decimals: fraction.length };
}

/** The decimal text of minor units: 10005 with two decimals is "100.05". */
export function fromMinorUnits({ minor, decimals }: MinorUnits): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const [units, fraction] = [
    digits.slice(0, digits.length - decimals),
    digits.slice(digits.length - decimals),
  ];
  return `${minor < 0n ? '-' : ''}${units}${decimals === 0 ? '' : `.${fraction}`}`;
}
