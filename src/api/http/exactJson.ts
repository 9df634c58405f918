// Reads and writes JSON with exact numbers. A request body is one JSON object without a repeated key. Its
// numbers keep the text that was sent, because JavaScript has no number 9007199254740993.00. Answers write
// amounts digit for digit.
import { ProblemError } from './problems.ts';

// TypeScript's library does not know `JSON.rawJSON` yet.
declare global {
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** A value that JSON.stringify writes as exactly this number. */
export function jsonNumber(decimal: string): unknown {
  return JSON.rawJSON(decimal);
}

const numberSource = Symbol('source text of a JSON number');

/** The source text of a JSON number, such as "100.00". No request can contain the symbol that marks it. */
export interface JsonNumber {
  readonly [numberSource]: string;
}

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === 'object' && value !== null && numberSource in value;
}

export function sourceOf(number: JsonNumber): string {
  return number[numberSource];
}

/** The same text for two bodies with the same members, whatever their order and white space. */
export function canonicalJson(members: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(members).map(([key, value]) =>
    isJsonNumber(value) ? [key, 'number', sourceOf(value)] : [key, 'value', value],
  );
  return JSON.stringify(entries.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)));
}

/** Tokens of valid JSON: JSON.parse has refused any other text before. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * The members of the one object in `text`. Its top-level numbers become JsonNumber, and other values are
 * those of JSON.parse. Throws ProblemError for any text but one object, and for an object with a repeated
 * key.
 */
export function parseJsonObject(text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ProblemError({
      code: 'MALFORMED_JSON',
      detail: `The body is not valid JSON${placeOf(error)}.`,
    });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new ProblemError({
      code: 'VALIDATION_FAILED',
      detail: 'The body must be a JSON object.',
      errors: [{ pointer: '', detail: 'must be an object' }],
    });
  }
  // Without a prototype, so that "__proto__" is a key like every other.
  const members = Object.assign(Object.create(null) as Record<string, unknown>, parsed);
  return withNumberSources(text, members);
}

/** Where the parser stopped, if it says so. Its message also quotes the body, which may hold a secret. */
function placeOf(error: unknown): string {
  const place =
    error instanceof Error ? /at position \d+(?: \(line \d+ column \d+\))?$/.exec(error.message) : null;
  return place === null ? '' : `: the parser stopped ${place[0]}`;
}

function withNumberSources(text: string, members: Record<string, unknown>): Record<string, unknown> {
  const seen = new Set<string>();
  let depth = 0;
  let key: string | undefined;
  let expectKey = true;
  for (const [part] of text.matchAll(token)) {
    if (part === '{' || part === '[') depth += 1;
    else if (part === '}' || part === ']') depth -= 1;
    else if (depth !== 1) continue;
    else if (part === ',') expectKey = true;
    else if (part === ':') expectKey = false;
    else if (expectKey) {
      key = JSON.parse(part) as string;
      if (seen.has(key)) throw duplicateKey(key);
      seen.add(key);
    } else if (key !== undefined && typeof members[key] === 'number') members[key] = { [numberSource]: part };
  }
  return members;
}

function duplicateKey(key: string): ProblemError {
  const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: 'A key stands in the body twice.',
    errors: [{ pointer, detail: 'must stand in the object once' }],
  });
}
