// Databases as an older release left them.
import { readdir, readFile } from 'node:fs/promises';
import type { Client } from 'pg';

/** Applies the first migrations, as a release did that had no others. */
export async function migrateThrough(client: Client, last: number): Promise<void> {
  const folder = new URL('../../src/eventStore/migrations/', import.meta.url);
  const files = (await readdir(folder)).filter((file) => Number(file.slice(0, 4)) <= last).sort();
  await client.query(
    `create table schema_migrations (
       version integer constraint schema_migrations_pkey primary key,
       file text not null,
       oldest_code integer not null,
       applied_at timestamptz not null default now()
     )`,
  );
  for (const file of files) {
    await client.query(await readFile(new URL(file, folder), 'utf8'));
    await client.query(
      'insert into schema_migrations (version, file, oldest_code) values ($1::integer, $2::text, 1)',
      [Number(file.slice(0, 4)), file],
    );
  }
}
