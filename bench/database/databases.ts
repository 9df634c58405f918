// Makes databases with seeded wallets. Each seed is written once, as a template. A measurement that wants a
// fresh start uses a copy of it.
import { copyDatabase, type OwnDatabase, urlOfDatabase, withClient } from '../../harness/databases.ts';
import { migrate } from '../../src/eventStore/migrate.ts';
import { type Seed, seedDatabase } from './seed.ts';

export interface BenchDatabase extends OwnDatabase {
  readonly seed: Seed;
}

export interface Databases {
  readonly create: (seed: Seed) => Promise<BenchDatabase>;
}

/** `adminUrl` must be allowed to create databases. */
export function createDatabases(adminUrl: string): Databases {
  const templates = new Set<string>();
  let created = 0;

  async function ensureTemplate(seed: Seed): Promise<string> {
    const form = seed.compact === true ? 'compact' : 'json';
    const name = `bench_seed_${seed.wallets}_${seed.eventsOfFirst ?? 1}_${seed.eventsPerWallet ?? 1}_${form}`;
    if (templates.has(name)) return name;
    await withClient(adminUrl, (admin) => admin.query(`create database ${name}`));
    await withClient(urlOfDatabase(adminUrl, name), async (client) => {
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
      // Copying files forces a checkpoint before and after, so every copy starts from the same quiet state.
      return { ...(await copyDatabase(adminUrl, `bench_${created}`, template, 'file_copy')), seed };
    },
  };
}
