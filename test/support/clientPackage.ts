// Makes an npm package of src/client with plain JavaScript and declarations, for programs that are not in
// this repository: `npm run client:package`. A test installs it and uses it.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
export const clientPackageName = 'wallet-service-client';

/**
 * Empties `folder`, builds there, and returns the path of the package's file. Throws the output of tsc or
 * npm.
 */
export function buildClientPackage(folder: string): string {
  const contents = path.join(folder, 'package');
  rmSync(contents, { recursive: true, force: true });
  mkdirSync(contents, { recursive: true });
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  // The client must not use what only Node.js has. Its verifier of webhooks may.
  for (const project of ['tsconfig.package.json', 'tsconfig.webhooks.json'])
    run(process.execPath, [compiler, '-p', path.join(root, 'src/client', project), '--outDir', contents]);
  copyFileSync(path.join(root, 'LICENSE'), path.join(contents, 'LICENSE'));
  copyFileSync(path.join(root, 'src/client/README.md'), path.join(contents, 'README.md'));
  writeFileSync(path.join(contents, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const packed = run('npm', ['pack', contents, '--pack-destination', folder, '--json']);
  const [{ filename } = { filename: '' }] = JSON.parse(packed) as { filename: string }[];
  return path.join(folder, filename);
}

function manifest(): object {
  const own = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  return {
    name: clientPackageName,
    version: own.version,
    description:
      'Typed client of the wallet service: exact amounts, refusals as values, retries under one key.',
    license: own.license,
    type: 'module',
    exports: {
      '.': { types: './index.d.ts', default: './index.js' },
      './webhooks': { types: './verifyWebhook.d.ts', default: './verifyWebhook.js' },
    },
    // The first version with AbortSignal.any.
    engines: { node: '>=20.3' },
  };
}

function run(program: string, words: readonly string[]): string {
  return execFileSync(program, words, { cwd: root, encoding: 'utf8' });
}

if (import.meta.main) console.log(buildClientPackage(path.join(root, 'var/client')));
