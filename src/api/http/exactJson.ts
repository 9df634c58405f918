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
  return JSON.stringify(
    entries.sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
    (_, value: unknown) => (isJsonNumber(value) ? ['number', sourceOf(value)] : value),
  );
}

/** Tokens of valid JSON: JSON.parse has refused any other text before. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/**
 * The members of the one object in `text`. Its numbers become JsonNumber at every depth, and other values are
 * those of JSON.parse. Throws ProblemError for any text but one object, for a repeated key, and for too many
 * levels.
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

/** No valid body has more than four. A stack of calls, as that of JSON.stringify, bears some thousands. */
const levelsMax = 32;

/** An object or a list of the text that is not closed yet. */
interface Open {
  /** The object or the list to which the text was parsed. */
  readonly into: Record<string | number, unknown>;
  /** The keys so far; undefined in a list. */
  readonly seen: Set<string> | undefined;
  expectsKey: boolean;
  /** The place of the value that comes next. */
  key: string | number;
}

function withNumberSources(text: string, members: Record<string, unknown>): Record<string, unknown> {
  const open: Open[] = [];
  const begin = (seen: Set<string> | undefined) => {
    if (open.length === levelsMax) throw tooDeep();
    const outer = open.at(-1);
    const into = outer === undefined ? members : outer.into[outer.key];
    // A key that stands in an object twice has another value there. It is refused further on.
    const isThere = typeof into === 'object' && into !== null;
    open.push({ into: isThere ? (into as Open['into']) : {}, seen, expectsKey: seen !== undefined, key: 0 });
  };
  for (const part of text.match(token) ?? []) {
    const inner = open.at(-1);
    if (part === '{') begin(new Set());
    else if (part === '[') begin(undefined);
    else if (part === '}' || part === ']') open.pop();
    else if (inner === undefined) continue;
    else if (part === ',') {
      inner.expectsKey = inner.seen !== undefined;
      if (typeof inner.key === 'number') inner.key += 1;
    } else if (part === ':') inner.expectsKey = false;
    else if (inner.seen !== undefined && inner.expectsKey) {
      const name = JSON.parse(part) as string;
      if (inner.seen.has(name))
        throw keyProblem(name, 'A key stands in an object twice.', 'must stand in the object once');
      // Schemas pass over it in an object below the body, so it would be lost without a word.
      if (name === '__proto__' && open.length > 1)
        throw keyProblem(name, 'A key has a name that no key may have.', 'is no name of a key');
      inner.seen.add(name);
      inner.key = name;
    } else if (typeof inner.into[inner.key] === 'number') inner.into[inner.key] = { [numberSource]: part };
  }
  return members;
}

function tooDeep(): ProblemError {
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: 'The body has too many levels.',
    errors: [{ pointer: '', detail: `must have at most ${levelsMax} levels of objects and lists` }],
  });
}

function keyProblem(key: string, detail: string, refused: string): ProblemError {
  const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail,
    errors: [{ pointer, detail: refused }],
  });
}
