// Describes the machine, versions and settings of a result, because only then can it be compared.
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import path from 'node:path';
import { commit } from '../harness/reporting.ts';
import { readConfig } from '../src/config/config.ts';
import { root } from '../stack/paths.ts';
import type { Stack } from '../stack/stack.ts';
import { withClient } from '../harness/databases.ts';

const databaseSettings = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'shared_buffers',
  'max_wal_size',
];

/** Settings of the API that shape the results. A row that changes one names it. */
const commandSettings = [
  'COMMAND_BATCH_SIZE_MAX',
  'COMMAND_LANES',
  'COMMAND_QUEUE_LENGTH_MAX',
  'DATABASE_CONNECTIONS_MAX',
] as const;

export interface Surroundings {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

export async function describeSurroundings(stack: Stack, generator: string): Promise<Surroundings> {
  const defaults = readConfig({});
  const postgres = await withClient(stack.adminUrls.DATABASE_URL, async (client) => {
    const { rows } = await client.query<{ name: string; setting: string }>(
      `select name, current_setting(name) as setting
         from pg_settings
        where name = any($1::text[]) or name = 'server_version'`,
      [databaseSettings],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  });
  const { server_version: postgresVersion = '', ...postgresSettings } = postgres;
  return {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
    },
    versions: {
      commit: commit(),
      node: process.version,
      postgres: postgresVersion,
      redis: await redisVersion(stack.urls.REDIS_URL),
      hono: packageVersion('hono'),
      generator,
    },
    settings: {
      ...Object.fromEntries(commandSettings.map((name) => [name, String(defaults[name])])),
      ...postgresSettings,
    },
  };
}

function packageVersion(name: string): string {
  const file = path.join(root, 'node_modules', name, 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function redisVersion(url: string): Promise<string> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
