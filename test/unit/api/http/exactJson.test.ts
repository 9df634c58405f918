import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  isJsonNumber,
  parseJsonObject,
  sourceOf,
} from '../../../../src/api/http/exactJson.ts';
import { ProblemError } from '../../../../src/api/http/problems.ts';

function problemOf(text: string): unknown {
  try {
    parseJsonObject(text);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}

/** The members, in which every number at every depth is shown as `number <its text>`. */
function parsed(text: string): unknown {
  return shown(parseJsonObject(text));
}

function shown(value: unknown): unknown {
  if (isJsonNumber(value)) return `number ${sourceOf(value)}`;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shown(member)]));
}

describe('a request body', () => {
  it('keeps its numbers as the text that was sent', () => {
    expect(parsed('{"a": 9007199254740993.00, "b":-1e2 , "c":"1.0"}')).toEqual({
      a: 'number 9007199254740993.00',
      b: 'number -1e2',
      c: '1.0',
    });
  });

  it('is not confused by numbers, colons, commas, quotes and braces inside strings or deeper objects', () => {
    const text = String.raw`{"s":"\"a\": 1, {[","o":{"a":1,"s":[2,{"n":3}]},"n":4,"\u006d":5}`;
    expect(parsed(text)).toEqual({
      s: '"a": 1, {[',
      o: { a: 'number 1', s: ['number 2', { n: 'number 3' }] },
      n: 'number 4',
      m: 'number 5',
    });
  });

  it('keeps the numbers of lists and of objects in lists, each at its place', () => {
    expect(parsed('{"l":[1.0,"2",[3.0],{},{"m":4.0,"n":{"o":5.00}},null,6e0]}')).toEqual({
      l: [
        ...['number 1.0', '2', ['number 3.0'], {}, { m: 'number 4.0', n: { o: 'number 5.00' } }],
        ...[null, 'number 6e0'],
      ],
    });
  });

  it.each([
    ...[
      '{"a":1,"a":1}',
      '{"a":1,"b":2,"\\u0061":3}',
      '{"a":{},"a":[]}',
      '{"a":{"b":1},"a":null}',
      '{"a":[1],"a":2}',
      '{"__proto__":1,"__proto__":2}',
    ],
    ...['{"m":{"a":"1","a":"2"}}', '{"l":[{"a":1},{"b":1,"b":1}]}'],
  ])('may not have a key twice: %s', (text) => {
    expect(problemOf(text)).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ detail: 'must stand in the object once' }],
    });
  });

  it('may not have a key below itself that a schema would pass over', () => {
    expect(problemOf('{"metadata":{"__proto__":"lost"}}')).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/__proto__' }],
    });
  });

  it('may have the same key on two levels', () => {
    expect(problemOf('{"a":{"a":1,"b":2},"b":{"a":1}}')).toBeUndefined();
  });

  it.each(['', '{', '{"a":01}', '{"a":NaN}', "{'a':1}", '{"a":1}x', '\u{feff}{}'])(
    'must be JSON: %j',
    (text) => {
      expect(problemOf(text)).toMatchObject({ code: 'MALFORMED_JSON' });
    },
  );

  it.each(['null', '1', '"a"', '[]', 'true'])('must be an object, not %s', (text) => {
    expect(problemOf(text)).toMatchObject({ code: 'VALIDATION_FAILED' });
  });

  it('treats __proto__ as a key like any other', () => {
    expect(Object.keys(parseJsonObject('{"__proto__":{"x":1}}'))).toEqual(['__proto__']);
  });
});

it.each(['list', 'object'])('a body may have 32 levels, and no %s below them', (kind) => {
  const [begin, end] = kind === 'list' ? ['[', ']'] : ['{"a":', '}'];
  const levels = (count: number) => `{"a":${begin.repeat(count - 1)}1${end.repeat(count - 1)}}`;
  expect(problemOf(levels(32))).toBeUndefined();
  for (const count of [33, 5_000])
    expect(problemOf(levels(count))).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '', detail: 'must have at most 32 levels of objects and lists' }],
    });
});

describe('the canonical text of a body', () => {
  it('is the same for other white space and another order of keys, and for nothing else', () => {
    const canonical = (text: string) => canonicalJson(parseJsonObject(text));
    const text = canonical('{"amount":1.00,"description":"x"}');
    expect(canonical(' { "description" : "x", "amount" : 1.00 } ')).toBe(text);
    for (const other of [
      '{"amount":1.0,"description":"x"}',
      '{"amount":"1.00","description":"x"}',
      '{"amount":1.00}',
    ]) {
      expect(canonical(other)).not.toBe(text);
    }
  });
});
