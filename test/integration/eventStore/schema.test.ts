// Compares the committed schema with a migrated database. So the review of a migration shows the tables that
// it makes. `npm run schema:write` rewrites the file.
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import { readSchemaText } from '../../support/schemaText.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

it('src/eventStore/schema.sql is the schema that the migrations make: npm run schema:write', async () => {
  await expect(await readSchemaText(client)).toMatchFileSnapshot('../../../src/eventStore/schema.sql');
});

it.each([
  'alter table wallets add column nickname text',
  'alter table wallets alter column balance_minor drop not null',
  "alter table wallets alter column currency set default 'EUR'",
  'alter table wallets drop constraint wallets_pkey cascade',
  'alter table wallets add constraint small check (balance_minor < 9)',
  'create index wallets_by_balance on wallets (balance_minor)',
  'alter table outbox_rows_s1 set (fillfactor = 70)',
  'create view books as select position from ledger_entries',
  'alter view ledger_entries alter column position set default 1',
  'create rule ledger_never as on insert to ledger_entries do instead nothing',
  'create sequence numbers',
  'create function one() returns integer language sql as $$ select 1 $$',
  `create function nothing() returns trigger language plpgsql as $$ begin return null; end $$;
   create trigger wallets_nothing after insert on wallets for each statement execute function nothing()`,
])('the text of the schema shows: %s', async (change) => {
  const before = await readSchemaText(client);
  await client.query('begin');
  await client.query(change);
  expect(await readSchemaText(client)).not.toBe(before);
  await client.query('rollback');
  expect(await readSchemaText(client)).toBe(before);
});
