import { describe, expect, it } from 'vitest';
import { nameOfDatabase } from '../../../../src/commands/handover/codeName.ts';

describe('the name of a database', () => {
  const name = nameOfDatabase('postgres://wallet:secret@db:5432/wallet?sslmode=verify-full');

  it('is the same for every role and password', () => {
    for (const url of [
      'postgres://db:5432/wallet?sslmode=verify-full',
      'postgres://other@db:5432/wallet?sslmode=verify-full',
      'postgres://other:p%40ss@word@db:5432/wallet?sslmode=verify-full',
    ])
      expect(nameOfDatabase(url), url).toBe(name);
    expect(nameOfDatabase('postgres:///w?host=/run&password=a&user=b')).toBe(
      nameOfDatabase('postgres:///w?host=/run&password=c&user=d'),
    );
  });

  it('differs by host, port and database', () => {
    const urls = [
      'postgres://wallet:secret@drill:5432/wallet?sslmode=verify-full',
      'postgres://wallet:secret@db:5433/wallet?sslmode=verify-full',
      'postgres://wallet:secret@db:5432/copy?sslmode=verify-full',
      // The driver takes it, and it is no URL.
      'postgres://wallet:secret@/wallet?host=/run/one',
      'postgres://wallet:secret@/wallet?host=/run/two',
    ];
    expect(new Set([name, ...urls.map(nameOfDatabase)]).size).toBe(urls.length + 1);
  });
});
