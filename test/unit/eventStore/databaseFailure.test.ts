import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/eventStore/databaseFailure.ts';

function said(severity: string, code: string): DatabaseError {
  return Object.assign(new DatabaseError('as the server says it', 0, 'error'), { severity, code });
}

describe('an error that the server reports for a statement', () => {
  it.each([
    ['a full disk', '53100'],
    ['a failed write', '58030'],
    ['an internal error', 'XX000'],
  ])('%s that ends the server leaves its fate open: the commit may be in the log already', (_, code) => {
    expect(failureOf(said('PANIC', code))).toEqual({ kind: 'unknown' });
    expect(failureOf(said('FATAL', code))).toEqual({ kind: 'unknown' });
  });

  it('a full disk that ends the statement alone has undone it', () => {
    expect(failureOf(said('ERROR', '53100'))).toEqual({ kind: 'refused' });
    expect(failureOf(said('ERROR', 'XX000'))).toEqual({ kind: 'fault' });
  });
});
