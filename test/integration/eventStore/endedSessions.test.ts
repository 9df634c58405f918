// Sessions that ended before their time, as several processes know them through PostgreSQL.
import type { Pool, QueryConfig } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEndedSessions } from '../../../src/access/signIn/endedSessions.ts';
import { createTestDatabase } from '../../support/database.ts';
import { testPool } from '../../support/projections.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = testPool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

it('an end counts in every process, for this session, or for all of its actor until then', async () => {
  let nowMs = 0;
  const [here, there] = [0, 1].map(() => createEndedSessions(pool, () => nowMs));
  if (here === undefined || there === undefined) throw new Error('there are two processes');
  const began = await here.clock();
  const [first, second] = ['s-1', 's-2'].map((id) => ({ actor: 'user:a', id, beganAtMs: began }));
  if (first === undefined || second === undefined) throw new Error('there are two sessions');
  expect([await here.has(first), await there.has(first), await there.has(second)]).toEqual([
    false,
    false,
    false,
  ]);
  await here.end(first);
  // The process that ended it knows at once, and every other within half a second.
  expect([await here.has(first), await there.has(first)]).toEqual([true, false]);
  nowMs = 500;
  expect([await there.has(first), await there.has(second)]).toEqual([true, false]);
  await here.endAllOf('user:a');
  const later = { actor: 'user:a', id: 's-3', beganAtMs: (await here.clock()) + 1 };
  nowMs = 1_000;
  expect([await there.has(second), await there.has(later)]).toEqual([true, false]);
  expect(await there.has({ ...second, actor: 'user:b' })).toBe(false);
});

it('while PostgreSQL is away, what was known holds for a quarter of an hour, and nothing else', async () => {
  let nowMs = 0;
  let isAway = false;
  const query = (statement: QueryConfig) =>
    isAway
      ? Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' }))
      : pool.query(statement);
  const ended = createEndedSessions({ query } as never, () => nowMs);
  const known = { actor: 'user:c', id: 's-4', beganAtMs: 1 };
  expect(await ended.has(known)).toBe(false);
  isAway = true;
  nowMs = 900_000;
  expect(await ended.has(known)).toBe(false);
  await expect(ended.has({ ...known, id: 's-5' })).rejects.toThrow('ECONNREFUSED');
  nowMs = 900_001;
  await expect(ended.has(known)).rejects.toThrow('ECONNREFUSED');
});
