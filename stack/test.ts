// `npm test`: checks format, lint, unused code and types, runs every test, and prints one last line with
// their counts. With arguments only tests run, and vitest receives the arguments.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identify, signalOne } from './identity.ts';
import { root } from './paths.ts';
import { removeTestFolder } from './testFolder.ts';
import { countTests, lastLine, noCounts, sum, type Counts } from './testCounts.ts';

const bin = path.join(root, 'node_modules', '.bin');
// Three versions of TypeScript are installed, and the link .bin/tsc may lead to any of them.
const compiler = 'node_modules/typescript/bin/tsc';
const checks = [
  { name: 'format', program: 'prettier', args: ['--check', '.'] },
  { name: 'lint', program: 'eslint', args: ['.'] },
  { name: 'unused code', program: 'knip', args: [] },
  { name: 'types', program: 'node', args: [compiler] },
  { name: 'types of the console', program: 'node', args: [compiler, '-p', 'console'] },
];

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
  if (code !== 0) console.log(output.trimEnd());
  return code === 0 ? { ...noCounts, passed: 1 } : { ...noCounts, failed: 1 };
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
let counts = noCounts;
if (args.length === 0) {
  console.log('format, lint, unused code, types …');
  counts = sum(await Promise.all(checks.map(check)));
}
if (!isInterrupted()) {
  console.log('tests …');
  const tests = await vitest(args);
  if (tests.passed + tests.failed === 0) {
    console.log('No test ran.');
    process.exitCode = 1;
  }
  counts = sum([counts, tests]);
}
if (isInterrupted() || counts.failed > 0) process.exitCode = 1;
console.log(lastLine(counts));
