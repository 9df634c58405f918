// `npm run migrate`: brings the schema of DATABASE_URL up to date and prints the migrations that it applied.
// A deployment runs it before it starts new servers and workers. Several runs at once are safe.
import { readConfig } from '../src/config/config.ts';
import { connectForMigration } from '../src/eventStore/database.ts';
import { migrate } from '../src/eventStore/migrate.ts';

const client = await connectForMigration(readConfig(process.env));
try {
  const applied = await migrate(client);
  console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
} finally {
  await client.end();
}
