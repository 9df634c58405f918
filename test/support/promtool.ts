// Runs promtool, Prometheus' own tester of alert rules: the one on PATH, else the one inside Debian's
// package.
// The package is downloaded into the cache once and not installed, so no right of root is needed.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { obtain } from '../../stack/cache.ts';
import { onPath, runToEnd } from '../../stack/onPath.ts';
import { StackError } from '../../stack/part.ts';
import { cacheDirOf } from '../../stack/paths.ts';

/** Rules and a case of promtool's form, as the documentation of Prometheus describes both. */
interface RuleTests {
  readonly rulesFile: string;
  readonly tests: readonly object[];
}

const { env: environment } = process;
const notGivenUp = new AbortController().signal;

/** What promtool says of the tests that fail. Empty if none does. */
export async function failuresOf({ rulesFile, tests }: RuleTests): Promise<string> {
  const promtool = await findPromtool();
  const folder = await mkdtemp(path.join(tmpdir(), 'promtool-'));
  try {
    const file = path.join(folder, 'test.yml');
    // YAML includes JSON.
    await writeFile(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '30s', tests }));
    const { status, stdout, stderr } = await ran(promtool, ['test', 'rules', file]);
    return status === 0 ? '' : `${stdout}${stderr}`;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function ran(command: string, args: readonly string[]) {
  return new Promise<{ readonly status: unknown; readonly stdout: string; readonly stderr: string }>(
    (resolve) => {
      execFile(command, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
        resolve({ status: error === null ? 0 : error.code, stdout, stderr });
      });
    },
  );
}

function run(command: string, args: readonly string[], directory: string): Promise<string> {
  return runToEnd(command, args, { directory, environment, signal: notGivenUp });
}

async function findPromtool(): Promise<string> {
  const installed = onPath('promtool', environment);
  if (installed !== undefined) return installed;
  const apt = onPath('apt-get', environment);
  const unpack = onPath('dpkg-deb', environment);
  if (apt === undefined || unpack === undefined)
    throw new StackError('promtool is neither on PATH nor to be had from Debian: install Prometheus');
  const folder = await obtain(cacheDirOf(environment), 'debian-promtool', async (building) => {
    await download(apt, building);
    const file = (await readdir(building)).find((name) => name.endsWith('.deb'));
    if (file === undefined) throw new StackError('apt-get left no package of prometheus');
    const unpacked = path.join(building, 'unpacked');
    await run(unpack, ['-x', file, unpacked], building);
    await rename(path.join(unpacked, 'usr/bin/promtool'), path.join(building, 'promtool'));
    await Promise.all([rm(unpacked, { recursive: true }), rm(path.join(building, file))]);
  });
  return path.join(folder, 'promtool');
}

/** A machine that never asked for Debian's lists of packages gets lists of its own, in the folder. */
async function download(apt: string, folder: string): Promise<void> {
  try {
    await run(apt, ['download', 'prometheus'], folder);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const state = path.join(folder, 'apt');
    await mkdir(path.join(state, 'lists/partial'), { recursive: true });
    await mkdir(path.join(state, 'cache/archives/partial'), { recursive: true });
    const own = [
      ...['-o', `Dir::State=${state}`, '-o', `Dir::State::Lists=${state}/lists`],
      ...['-o', `Dir::Cache=${state}/cache`],
    ];
    await run(apt, [...own, 'update'], folder);
    await run(apt, [...own, 'download', 'prometheus'], folder);
    await rm(state, { recursive: true });
  }
}
