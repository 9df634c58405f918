// `npm run migrate`: brings the schema of DATABASE_URL up to date and prints the migrations that it applied.
// A deployment runs it before it starts new servers and workers. Several runs at once are safe.
import { Client } from 'pg';
import { readConfig } from '../src/config/config.ts';
import { migrate } from '../src/eventStore/migrate.ts';

const client = new Client({
  connectionString: readConfig(process.env).DATABASE_URL,
  application_name: 'wallet-migrate',
});
await client.connect();
try {
  const applied = await migrate(client);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
} finally {
  await client.end();
}
