// `npm test`: runs every test, checks format, lint, unused code and types meanwhile, and prints one last line
// with their counts. With arguments only tests run, and vitest receives the arguments.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { identify, signalOne } from './identity.ts';
import { root } from './paths.ts';
import { removeTestFolder } from './testFolder.ts';
import { countTests, lastLine, noCounts, sum, type Counts } from './testCounts.ts';

const bin = path.join(root, 'node_modules', '.bin');
// Three versions of TypeScript are installed, and the link .bin/tsc may lead to any of them. Version 7 takes
// half of the CPU of version 6, which the lint rules use.
const compiler = 'node_modules/typescript-7/bin/tsc';
// The quick ones come first, so that their answers come early.
const checks = [
  { name: 'unused code', program: 'knip', args: [] },
  { name: 'types', program: 'node', args: [compiler] },
  { name: 'types of the console', program: 'node', args: [compiler, '-p', 'console'] },
  { name: 'format', program: 'prettier', args: ['--check', '--cache', '.'] },
  { name: 'lint', program: 'eslint', args: ['.'] },
];
/** Tests wait with bounds, and checks do not. So the checks take the time that tests leave. */
const checkNiceness = 10;

/** The output of failed checks. It is shown after the tests, whose lines would bury it. */
const failures: string[] = [];
const children = new Set<number>();
const interrupted = new AbortController();
const isInterrupted = () => interrupted.signal.aborted;

/** Resolves to the exit code. If `quiet`, the output is returned instead of shown. */
async function run(
  program: string,
  args: readonly string[],
  quiet: boolean,
): Promise<{ code: number; output: string }> {
  const child = spawn(path.join(bin, program), args, {
    cwd: root,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
  });
  const pid = child.pid ?? 0;
  children.add(pid);
  if (quiet && child.pid !== undefined) setPriority(pid, checkNiceness);
  let output = '';
  const take = (chunk: Buffer) => (output += chunk.toString());
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => {
      resolve(exitCode ?? 1);
    });
  });
  children.delete(pid);
  return { code, output };
}

async function check({ name, program, args }: (typeof checks)[number]): Promise<Counts> {
  const startedAt = performance.now();
  const { code, output } = await run(program, args, true);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  console.log(`${name}: ${code === 0 ? 'passed' : 'FAILED'} (${program}, ${seconds} s)`);
  if (code !== 0) failures.push(`${name}:\n${output.trimEnd()}`);
  return code === 0 ? { ...noCounts, passed: 1 } : { ...noCounts, failed: 1 };
}

/** One after another, because each takes a core and much memory. */
async function checkAll(): Promise<Counts> {
  const all: Counts[] = [];
  for (const each of checks) {
    if (isInterrupted()) break;
    all.push(await check(each));
  }
  return sum(all);
}

async function vitest(args: readonly string[]): Promise<Counts> {
  const folder = await mkdtemp(path.join(tmpdir(), 'wallet-test-'));
  const report = path.join(folder, 'report.json');
  try {
    const { code } = await run(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
      false,
    );
    const text = await readFile(report, 'utf8').catch(() => undefined);
    return countTests(text, code);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Removes the data that failed runs kept, except that of runs that still go on. */
async function removeOldData(): Promise<void> {
  const varDir = path.join(root, 'var');
  for (const name of await readdir(varDir).catch(() => [])) {
    const pid = Number(/^test-(\d+)$/.exec(name)?.[1] ?? process.pid);
    if (identify(pid) === undefined) await removeTestFolder(path.join(varDir, name));
  }
}

function stopOnSignals(): void {
  const stop = () => {
    interrupted.abort();
    for (const pid of children) signalOne(pid, 'SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  process.channel?.unref();
}

stopOnSignals();
await removeOldData();
const args = process.argv.slice(2);
const checking = args.length === 0 ? checkAll() : Promise.resolve(noCounts);
const tests = await vitest(args);
if (tests.passed + tests.failed === 0) {
  console.log('No test ran.');
  process.exitCode = 1;
}
const counts = sum([await checking, tests]);
for (const failure of failures) console.log(failure);
if (isInterrupted() || counts.failed > 0) process.exitCode = 1;
console.log(lastLine(counts));
