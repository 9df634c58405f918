// Compares a foreign value with the shape that a workflow expects, and names the first place that differs. A
// workflow checks everything that was not made by its own run. Members that a shape does not name are
// ignored, because another release may have added them.
import { ApplicationFailure } from '@temporalio/workflow';

/** A count is a whole number from 0 up. A text is bounded and has no NUL. A checksum is 64 bits in hex. */
export type Shape =
  | 'count'
  | 'text'
  | 'flag'
  | 'checksum'
  | { readonly nullable: Shape }
  | { readonly missing: Shape }
  | { readonly list: Shape; readonly lengthMax: number }
  | { readonly members: Readonly<Record<string, Shape>> };

/** Longer than any index name, wallet id, phase or name of a field. */
const textLengthMax = 2_000;
/** A foreign text is shown up to this length. */
const shownLengthMax = 60;

/** The first mismatch in words; undefined if `value` has the shape. */
export function mismatch(value: unknown, shape: Shape, name: string): string | undefined {
  if (shape === 'count') return isCount(value) ? undefined : `${name} must be a whole number from 0 up`;
  if (shape === 'flag') return typeof value === 'boolean' ? undefined : `${name} must be true or false`;
  if (shape === 'text')
    return isText(value) ? undefined : `${name} must be a text of at most ${textLengthMax} characters`;
  if (shape === 'checksum')
    return isChecksum(value) ? undefined : `${name} must be a checksum of 16 hexadecimal digits`;
  if ('nullable' in shape) return value === null ? undefined : mismatch(value, shape.nullable, name);
  if ('missing' in shape) return value === undefined ? undefined : mismatch(value, shape.missing, name);
  if ('list' in shape) {
    if (!Array.isArray(value) || value.length > shape.lengthMax)
      return `${name} must be a list of at most ${shape.lengthMax}`;
    return first(value.map((one: unknown, at) => mismatch(one, shape.list, `${name}[${at}]`)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${name} must be an object`;
  const given = new Map<string, unknown>(Object.entries(value));
  return first(
    Object.entries(shape.members).map(([member, inner]) =>
      mismatch(given.get(member), inner, `${name}.${member}`),
    ),
  );
}

/** Throws a failure that ends the workflow, in words, unless `value` has the shape. */
export function assertShape(value: unknown, shape: Shape, name: string): void {
  const difference = mismatch(value, shape, name);
  if (difference !== undefined) throw ApplicationFailure.nonRetryable(difference, 'WrongArgument');
}

/** A foreign text as one short line: quoted, escaped and cut. */
export function shownText(text: string): string {
  const cut = text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
  return JSON.stringify(cut).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function first(found: readonly (string | undefined)[]): string | undefined {
  return found.find((one) => one !== undefined);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isChecksum(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{16}$/.test(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= textLengthMax && !value.includes('\0');
}
