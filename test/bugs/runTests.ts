// Runs named tests in one copy of the code with vitest, against a stack that is already running, and returns
// the verdict on each. A run has a time limit: vitest and every process it started are killed when it is
// over.
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { NamedTest } from './plantedBug.ts';

/** `by` is the first line of the failure. A test that did not run to its end has no verdict. */
export type Verdict = { readonly kind: 'green' } | { readonly kind: 'red'; readonly by: string };

export interface RunTests {
  readonly dir: string;
  readonly tests: readonly NamedTest[];
  /** Addresses of the stack, named as the settings are. */
  readonly urls: Readonly<Record<string, string>>;
  readonly timeMaxMs: number;
  readonly signal: AbortSignal;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** The verdicts by `keyOf`. A test that did not run to its end is missing. */
export async function runTests(options: RunTests): Promise<ReadonlyMap<string, Verdict>> {
  const { dir, tests } = options;
  const reportFile = path.join(dir, 'report.json');
  await rm(reportFile, { force: true });
  await runVitest(options, reportFile);
  const text = await readFile(reportFile, 'utf8').catch(() => '{"testResults":[]}');
  const verdicts = new Map<string, Verdict>();
  for (const { name, assertionResults } of (JSON.parse(text) as Report).testResults) {
    const file = path.relative(dir, name);
    for (const { fullName, status, failureMessages = [] } of assertionResults) {
      const key = keyOf({ file, name: fullName });
      if (status === 'passed') verdicts.set(key, { kind: 'green' });
      if (status === 'failed') verdicts.set(key, { kind: 'red', by: firstLine(failureMessages) });
    }
  }
  const wanted = new Set(tests.map(keyOf));
  return new Map([...verdicts].filter(([key]) => wanted.has(key)));
}

export function keyOf({ file, name }: NamedTest): string {
  return `${file}: ${name}`;
}

function firstLine(messages: readonly string[]): string {
  return messages[0]?.split('\n')[0] ?? 'no message';
}

async function runVitest(
  { dir, tests, urls, timeMaxMs, signal }: RunTests,
  reportFile: string,
): Promise<void> {
  const names = [...new Set(tests.map(({ name }) => RegExp.escape(name)))];
  const files = [...new Set(tests.map(({ file }) => file))];
  const child = spawn(
    process.execPath,
    [
      ...[path.join(dir, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...files],
      ...['--testNamePattern', `^\\s*(?:${names.join('|')})$`],
      ...['--reporter=json', `--outputFile.json=${reportFile}`],
    ],
    // Its own process group, so that one signal ends every process of the run.
    { cwd: dir, env: { ...process.env, ...urls }, stdio: 'ignore', detached: true },
  );
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      resolve();
    });
  });
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(kill, timeMaxMs);
  signal.addEventListener('abort', kill);
  try {
    await ended;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}
