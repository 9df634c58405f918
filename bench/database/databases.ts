// Databases of a benchmark's own: each seed is written once, as a template, and every measurement that wants a fresh
// start gets a clone of it.
import { Client } from 'pg';
import { migrate } from '../../src/eventStore/migrate.ts';
import { type Seed, seedDatabase } from './seed.ts';

export interface BenchDatabase {
  readonly name: string;
  readonly url: string;
  readonly seed: Seed;
  /** Ends every session on it. */
  readonly drop: () => Promise<void>;
}

export interface Databases {
  readonly create: (seed: Seed) => Promise<BenchDatabase>;
}

/** `adminUrl` must be allowed to create databases. */
export function createDatabases(adminUrl: string): Databases {
  const templates = new Set<string>();
  let created = 0;

  async function ensureTemplate(seed: Seed): Promise<string> {
    const name = `bench_seed_${seed.wallets}_${seed.eventsOfFirst ?? 1}_${seed.eventsPerWallet ?? 1}`;
    if (templates.has(name)) return name;
    await withClient(adminUrl, (admin) => admin.query(`create database ${name}`));
    await withClient(urlOf(adminUrl, name), async (client) => {
      await migrate(client);
      await seedDatabase(client, seed);
    });
    templates.add(name);
    return name;
  }

  return {
    async create(seed) {
      const template = await ensureTemplate(seed);
      created += 1;
      const name = `bench_${created}`;
      // Copying files forces a checkpoint before and after, so every clone starts from the same quiet state.
      await withClient(adminUrl, (admin) =>
        admin.query(`create database ${name} template ${template} strategy file_copy`),
      );
      return {
        name,
        url: urlOf(adminUrl, name),
        seed,
        drop: async () => {
          await withClient(adminUrl, (admin) => admin.query(`drop database ${name} with (force)`));
        },
      };
    },
  };
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'wallet-bench' });
  // When the stack stops under it, the query in hand tells; without a listener the event would end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
