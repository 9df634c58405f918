import { afterAll, beforeAll, expect, it } from 'vitest';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';

let fixture: ProjectionFixture;
beforeAll(async () => {
  fixture = await createProjectionFixture();
});
afterAll(() => fixture.close());

it('a database transaction that the server answers with ROLLBACK is no success', async () => {
  const { pool } = fixture;
  const run = inDatabaseTransaction(pool, async (client) => {
    await client.query("insert into read_model_targets (alias) values ('kept')");
    // After the error of a statement is dropped, the database transaction can only be rolled back.
    await client.query('select 1 / 0').catch(() => undefined);
    return 'done';
  });
  await expect(run).rejects.toThrow('was not committed: server answered ROLLBACK');
  const { rowCount } = await pool.query('select from read_model_targets');
  expect(rowCount).toBe(0);
});
