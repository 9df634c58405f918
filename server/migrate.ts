// `npm run migrate`: brings the schema of DATABASE_URL up to date and prints the migrations that it applied.
// With DATABASE_MIGRATION_URL it works as that role, and gives the role of DATABASE_URL its rights.
// With DATABASE_READ_ROLE it raises the wall between tenants for that role.
// A deployment runs it before it starts new servers and workers. Several runs at once are safe.
import { settingWarnings, readConfig } from '../src/config/config.ts';
import { connectForMigration, readServiceRole } from '../src/eventStore/database.ts';
import { migrate } from '../src/eventStore/migrate.ts';
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';

async function main(): Promise<void> {
  reachLoopbackDirectly(process.env);
  for (const line of settingWarnings(process.env)) console.error(line);
  const config = readConfig(process.env);
  const client = await connectForMigration(config);
  try {
    // With one role for everything there is nothing to grant.
    const role = config.DATABASE_MIGRATION_URL === undefined ? undefined : await readServiceRole(config);
    const applied = await migrate(client, role, config.DATABASE_READ_ROLE);
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
