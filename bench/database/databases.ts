// Makes databases with seeded wallets. Each seed is written once, as a template. A measurement that wants a
// fresh start uses a copy of it.
import {
  copyDatabase,
  databaseOf,
  type OwnDatabase,
  urlOfDatabase,
  withClient,
} from '../../harness/databases.ts';
import { migrate } from '../../src/eventStore/migrate.ts';
import { seedGrown } from '../growth/seedGrown.ts';
import { type Seed, seedDatabase } from './seed.ts';

export interface BenchDatabase extends OwnDatabase {
  readonly seed: Seed;
}

export interface Databases {
  readonly create: (seed: Seed) => Promise<BenchDatabase>;
  /** Seeds a database without a template. For a seed that is too large to be there twice. */
  readonly createAlone: (seed: Seed) => Promise<BenchDatabase>;
}

/** `adminUrl` must be allowed to create databases. */
export function createDatabases(adminUrl: string): Databases {
  const templates = new Set<string>();
  let created = 0;

  async function ensureTemplate(seed: Seed): Promise<string> {
    const form = seed.compact === true ? 'compact' : 'json';
    const grown = seed.creditsPerWallet === undefined ? '' : `_${seed.creditsPerWallet}_${seed.kept ?? 0}`;
    const name = `bench_seed_${seed.wallets}_${seed.eventsOfFirst ?? 1}_${seed.eventsPerWallet ?? 1}_${form}${grown}`;
    if (templates.has(name)) return name;
    await seeded(name, seed);
    templates.add(name);
    return name;
  }

  async function seeded(name: string, seed: Seed): Promise<void> {
    await withClient(adminUrl, (admin) => admin.query(`create database ${name}`));
    await withClient(urlOfDatabase(adminUrl, name), async (client) => {
      await migrate(client);
      await (seed.creditsPerWallet === undefined ? seedDatabase : seedGrown)(client, seed);
    });
  }

  return {
    async create(seed) {
      const template = await ensureTemplate(seed);
      created += 1;
      // Copying files forces a checkpoint before and after, so every copy starts from the same quiet state.
      return { ...(await copyDatabase(adminUrl, `bench_${created}`, template, 'file_copy')), seed };
    },
    async createAlone(seed) {
      created += 1;
      const name = `bench_${created}`;
      await seeded(name, seed);
      return { ...databaseOf(adminUrl, name), seed };
    },
  };
}
