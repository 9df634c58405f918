// The local stack as a stranger meets it.
import { expect, inject, test } from 'vitest';

test('every part of the shared stack has an address', () => {
  expect(inject('databaseUrl')).toContain('postgres://');
});
