// Every process of the project, started with what it can't use: it ends with words and an exit code.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { surroundings } from '../../harness/processes.ts';
import { root } from '../../stack/paths.ts';
import { createTestDatabase } from '../support/database.ts';

let varDir = '';
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  database = await createTestDatabase();
  varDir = mkdtempSync(path.join(tmpdir(), 'wallet-start-'));
});
afterAll(async () => {
  await database.drop();
  rmSync(varDir, { recursive: true, force: true });
});

async function run(args: readonly string[], settings: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...surroundings, WALLET_VAR_DIR: varDir, ACCESS: 'open', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const take = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

const processes: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] = [
  ['server', ['server/main.ts'], { LOCK_TTL_MS: 'x' }],
  ['worker', ['worker/main.ts'], { LOCK_TTL_MS: 'x' }],
  ['migrate', ['server/migrate.ts'], { LOCK_TTL_MS: 'x' }],
  ['wallet doctor', ['cli/wallet.ts', 'doctor'], { LOCK_TTL_MS: 'x' }],
  ['stack up', ['stack/cli.ts', 'up', 'redis'], { REDIS_PORT: 'x' }],
  ['start', ['stack/start.ts'], { PORT: '6000' }],
];

describe('a wrong setting', () => {
  it.each(processes)('ends %s with words, an exit code and no stack trace', async (_, args, settings) => {
    const { code, output } = await run(args, settings);
    expect(output).toContain(Object.keys(settings)[0] ?? '');
    expect(output).not.toMatch(/\n\s+at |node:internal/);
    expect(code).toBeGreaterThan(0);
  });
});

describe('a taken port', () => {
  it.each([
    ['server', 'server/main.ts', 'PORT', inject('temporalAddress')],
    // Said before the worker waits for Temporal, which is away here.
    ['worker', 'worker/main.ts', 'WORKER_PORT', '127.0.0.1:1'],
  ])('ends the %s with words at once', async (name, file, variable, temporal) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const settings = {
        DATABASE_URL: database.url,
        REDIS_URL: inject('redisUrl'),
        ELASTICSEARCH_URL: inject('elasticsearchUrl'),
        TEMPORAL_ADDRESS: temporal,
        [variable]: String(port),
      };
      const { code, output } = await run([file], settings);
      expect(output).toContain(`${name} failed: can't listen at 127.0.0.1:${port}`);
      expect(output).not.toContain('SuppressedError');
      expect(code).toBe(1);
    } finally {
      server.close();
    }
  });
});
