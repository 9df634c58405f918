// Starts a real Chromium for tests: from PATH, else from an npm package, so that a machine with nothing but
// npm runs the same tests. CHROMIUM=package prefers the package.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { type Browser, chromium as playwright } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(existsSync);
}

/** The package's Chromium. It brings the libraries that it needs and unpacks them next to itself. */
async function fromPackage(): Promise<{ executablePath: string; environment: Record<string, string> }> {
  // Only if this variable is set does the package unpack its libraries too.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  const executablePath = await packaged.executablePath();
  return { executablePath, environment: { LD_LIBRARY_PATH: path.join(tmpdir(), 'al2023', 'lib') } };
}

export async function launchBrowser(): Promise<Browser> {
  const found = process.env.CHROMIUM === 'package' ? undefined : onPath();
  const packaged = found === undefined ? await fromPackage() : undefined;
  const args = [
    // Containers need the first two: their tests run as root, and their /dev/shm is small.
    '--no-sandbox',
    '--disable-dev-shm-usage',
    '--disable-gpu',
    ...(packaged === undefined ? [] : ['--no-zygote']),
  ];
  return playwright.launch({
    executablePath: found ?? packaged?.executablePath ?? '',
    args,
    env: { ...definedOf(process.env), ...packaged?.environment },
  });
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
