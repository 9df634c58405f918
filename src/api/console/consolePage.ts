// The console's page and its assets, made from the sources in console/ once in the life of a process. Nothing
// has to be built before, and the page is never older than its source.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { pageSecurity } from '../http/securityHeaders.ts';

export interface ConsoleAsset {
  readonly mediaType: string;
  readonly body: string;
  readonly etag: string;
}

/** The names under /console, as in `/console/page.js`. */
export const consoleAssets = ['page.html', 'page.js', 'page.css'] as const;
/** The names that the page of the sign-in needs. */
export const signInAssets = ['signin.js', 'signin.css', 'icon.svg'] as const;

/** By name. */
export type ConsoleAssets = ReadonlyMap<string, ConsoleAsset>;

const sources = path.resolve(import.meta.dirname, '../../../console');

export const consoleHeaders: Readonly<Record<string, string>> = {
  ...pageSecurity(),
  // The browser keeps the page and asks each time whether it changed. Most answers are 304.
  'cache-control': 'no-cache',
};

export async function buildConsole(): Promise<ConsoleAssets> {
  const { outputFiles } = await build({
    entryPoints: { page: path.join(sources, 'page.tsx'), signin: path.join(sources, 'signIn.ts') },
    bundle: true,
    minify: true,
    write: false,
    outdir: sources,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'silent',
  });
  const built = outputFiles.map(({ path: file, text }) => [path.basename(file), text] as const);
  const [html, icon] = await Promise.all(
    ['page.html', 'icon.svg'].map((name) => readFile(path.join(sources, name), 'utf8')),
  );
  const texts = new Map([...built, ['page.html', html ?? ''], ['icon.svg', icon ?? '']]);
  return new Map(
    [...texts].map(([name, body]) => {
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`;
      return [name, { mediaType: mediaTypes[path.extname(name)] ?? 'text/plain', body, etag }];
    }),
  );
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
