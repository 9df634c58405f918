// A real server that speaks S3: S3Proxy over a folder. Maven obtains its jars once, and they are compared
// with a pinned SHA-256. It ends with the test.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isCached, obtain } from '../../stack/cache.ts';
import { findJava } from '../../stack/elasticsearch/java.ts';
import { onPath, runToEnd } from '../../stack/onPath.ts';
import { StackError } from '../../stack/part.ts';
import { cacheDirOf } from '../../stack/paths.ts';
import { freePorts } from '../../stack/ports.ts';
import { startProcess, stopProcess, untilReady } from '../../stack/process.ts';
import { startWatchdog } from '../../stack/watchdog.ts';

const key = 's3proxy-2.6.0';
/** Of one line for each jar, with its SHA-256 and its name. */
const jarsSha256 = '12070c46825c44652ac67b490dfbd01775a639d3cfe1174e599279fc1b06ff91';
const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const { signal } = new AbortController();

export const s3Keys = { AWS_ACCESS_KEY_ID: 'test-identity', AWS_SECRET_ACCESS_KEY: 'test-credential' };

export interface S3Server {
  readonly endpoint: string;
  /** A bucket that exists. */
  readonly bucket: string;
  readonly close: () => Promise<void>;
}

/** Obtains the server. Tells why it cannot run on this machine; empty if it can. */
export async function s3ServerLacks(): Promise<readonly string[]> {
  if (findJava('java', process.env) === undefined) return ['no java on PATH'];
  if (!(await isCached(cacheDirOf(process.env), key)) && onPath('mvn', process.env) === undefined)
    return ['no mvn on PATH'];
  try {
    await obtainJars();
    return [];
  } catch (error) {
    // The stack runs without this server, so an index without its jars must not fail every run of the tests.
    if (!(error instanceof StackError)) throw error;
    return [error.message];
  }
}

function obtainJars(): Promise<string> {
  return obtain(cacheDirOf(process.env), key, async (folder) => {
    const maven = onPath('mvn', process.env);
    if (maven === undefined) throw new StackError('no mvn on PATH');
    // Maven writes next to its pom, so it gets a copy.
    const pom = path.join(folder, 'pom.xml');
    await copyFile(path.join(import.meta.dirname, 's3Server.pom.xml'), pom);
    await runToEnd(
      maven,
      [
        ...['--batch-mode', '--file', pom, `${dependencyPlugin}:copy-dependencies`],
        `-DoutputDirectory=${path.join(folder, 'lib')}`,
      ],
      { directory: folder, environment: process.env, signal },
    );
    const lines = await Promise.all(
      (await readdir(path.join(folder, 'lib'))).sort().map(async (name) => {
        const bytes = await readFile(path.join(folder, 'lib', name));
        return `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`;
      }),
    );
    const found = createHash('sha256').update(lines.join('')).digest('hex');
    if (found !== jarsSha256) throw new StackError(`the jars of ${key} have the SHA-256 ${found}`);
  });
}

export async function startS3Server(): Promise<S3Server> {
  const jars = await obtainJars();
  const directory = await mkdtemp(path.join(tmpdir(), 's3-'));
  const bucket = 'wallet-archive';
  await mkdir(path.join(directory, 'data', bucket), { recursive: true });
  const [port] = await freePorts(1);
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = {
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.endpoint': endpoint,
    's3proxy.identity': s3Keys.AWS_ACCESS_KEY_ID,
    's3proxy.credential': s3Keys.AWS_SECRET_ACCESS_KEY,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': path.join(directory, 'data'),
    'jclouds.identity': 'unused',
    'jclouds.credential': 'unused',
  };
  const file = path.join(directory, 's3proxy.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(file, lines.join(''));
  const program = {
    command: findJava('java', process.env) ?? 'java',
    args: [
      ...['-Xmx128m', '-DLOG_LEVEL=warn', '-cp', path.join(jars, 'lib', '*')],
      ...['org.gaul.s3proxy.Main', '--properties', file],
    ],
    environment: {},
    directory,
    stopSignal: 'SIGTERM' as const,
    stopWithinMs: 5_000,
    readyWithinMs: 60_000,
    // Without keys it refuses, which shows that it listens.
    isReady: async () => (await fetch(endpoint)).status === 403,
  };
  const running = await startProcess('s3', program, path.join(directory, 's3.log'));
  const watchdog = startWatchdog();
  watchdog.add({ ...running.identity, stopSignal: program.stopSignal });
  const close = async () => {
    await stopProcess(running, signal);
    watchdog.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilReady(running, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, bucket, close };
}
