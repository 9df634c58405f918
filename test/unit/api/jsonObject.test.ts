import { describe, expect, it } from 'vitest';
import { parseJsonObject } from '../../../src/api/jsonObject.ts';
import { ProblemError } from '../../../src/api/problems.ts';

function problemOf(text: string): unknown {
  try {
    parseJsonObject(text);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
    throw error;
  }
  return undefined;
}

describe('a request body', () => {
  it('keeps its numbers as the text that was sent', () => {
    expect({ ...parseJsonObject('{"a": 9007199254740993.00, "b":-1e2 , "c":"1.0"}') }).toEqual({
      a: { source: '9007199254740993.00' },
      b: { source: '-1e2' },
      c: '1.0',
    });
  });

  it('is not confused by numbers, colons, commas, quotes and braces inside strings or deeper objects', () => {
    const text = String.raw`{"s":"\"a\": 1, {[","o":{"a":1,"s":[2,{"n":3}]},"n":4,"\u006d":5}`;
    expect({ ...parseJsonObject(text) }).toEqual({
      s: '"a": 1, {[',
      o: { a: 1, s: [2, { n: 3 }] },
      n: { source: '4' },
      m: { source: '5' },
    });
  });

  it.each(['{"a":1,"a":1}', '{"a":1,"b":2,"\\u0061":3}', '{"a":{},"a":[]}', '{"__proto__":1,"__proto__":2}'])(
    'may not have a key twice: %s',
    (text) => {
      expect(problemOf(text)).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ detail: 'must stand in the object once' }],
      });
    },
  );

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
