// The text of an array is read by PostgreSQL, so PostgreSQL says whether it is right.
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrayText } from '../../../src/eventStore/arrayText.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(testConfig(database.url), 'wallet-array-test', () => undefined, 'commands');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const read = async (text: string, type: string): Promise<unknown> =>
  (await pool.query<{ read: unknown }>(`select $1::${type} as read`, [text])).rows[0]?.read;

/** No text of a request has a NUL or half of a surrogate pair. */
const sent = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('null', 'NULL', '', '\\n', '"\\"', 'a,b', '{}', ' a ', 'line\nbreak', '\t', '\\'),
  )
  .filter((text) => text.isWellFormed() && !text.includes('\0'));

it('an array holds the texts and the nulls that were written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(sent)), async (elements) => {
      expect(await read(arrayText(elements), 'text[]')).toEqual(elements);
    }),
  );
});

it('numbers and truth values are written in every kind of array', async () => {
  expect(await read(arrayText([1, null, 2]), 'integer[]')).toEqual([1, null, 2]);
  expect(await read(arrayText([true, null, false]), 'boolean[]')).toEqual([true, null, false]);
  expect(await read(arrayText([1, 'two\nlines', null]), 'text[]')).toEqual(['1', 'two\nlines', null]);
});
