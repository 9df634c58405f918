// `npm run migrate`: brings the schema of DATABASE_URL up to date and prints the migrations that it applied.
// A deployment runs it before it starts new servers and workers. Several runs at once are safe.
import { ignoredSettings, readConfig } from '../src/config/config.ts';
import { connectForMigration } from '../src/eventStore/database.ts';
import { migrate } from '../src/eventStore/migrate.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';

async function main(): Promise<void> {
  reachLoopbackDirectly(process.env);
  for (const line of ignoredSettings(process.env)) console.error(line);
  const client = await connectForMigration(readConfig(process.env));
  try {
    const applied = await migrate(client);
    console.log(applied.length === 0 ? 'The schema is up to date.' : `Applied ${applied.join(', ')}.`);
  } finally {
    await client.end();
  }
}

main().catch((error: unknown) => {
  const reason = startFailure(error);
  console.error(reason === undefined ? error : `migrate failed: ${reason}`);
  process.exit(1);
});
