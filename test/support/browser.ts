// A real Chromium for tests: one that is on PATH, else the one that an npm package ships, so that a machine with
// nothing but npm runs the same tests. CHROMIUM=package prefers the package.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tmpdir } from 'node:os';
import { type Browser, chromium as playwright } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(existsSync);
}

/** Made for machines that are bare: the libraries that it needs come with it, and are unpacked beside it. */
async function fromPackage(): Promise<{ executablePath: string; environment: Record<string, string> }> {
  // What the package looks at before it unpacks its libraries as well.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  const executablePath = await packaged.executablePath();
  return { executablePath, environment: { LD_LIBRARY_PATH: path.join(tmpdir(), 'al2023', 'lib') } };
}

export async function launchBrowser(): Promise<Browser> {
  const found = process.env.CHROMIUM === 'package' ? undefined : onPath();
  const packaged = found === undefined ? await fromPackage() : undefined;
  const args = [
    // In containers, where tests run as root and /dev/shm is small.
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
