// Serves the API reference: the document at /openapi.json, and the page at /docs that shows it. The page's
// viewer comes from an installed package, so it needs no other server. The content security policy allows it
// no other server.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { App, AppContext } from '../context.ts';
import { isKnown, tagOfBody } from '../http/entityTags.ts';
import { pageSecurity } from '../http/securityHeaders.ts';
import { rememberSuccess } from '../../telemetry/rememberSuccess.ts';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wallet API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/viewer.css">
<script defer src="/docs/viewer.js"></script>
<script defer src="/docs/docs.js"></script>
</head>
<body>
<noscript>The reference needs JavaScript; the document itself is <a href="/openapi.json">/openapi.json</a>.</noscript>
<div id="reference"></div>
</body>
</html>
`;

/**
 * Sets the theme of the reader's system before the viewer draws anything. No validator of another server is
 * asked about the document.
 */
const script = `const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', paint);
paint();
SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
});
`;

const compress = promisify(gzip);
const resolve = createRequire(import.meta.url).resolve;
const viewerFile = (name: string) => () => readFile(resolve(`swagger-ui-dist/${name}`), 'utf8');

interface Page {
  readonly mediaType: string;
  readonly read: () => Promise<string>;
  readonly headers: Readonly<Record<string, string>>;
}

/** A cache asks each time, because a release may change it. */
const askedAgain = { ...pageSecurity({ dataPictures: true }), 'cache-control': 'no-cache' };
/** The viewer changes only with its package. */
const keptForADay = { ...askedAgain, 'cache-control': 'public, max-age=86400' };

export function addReferencePages(app: App, openApiDocument: object): void {
  const text = (body: string) => () => Promise.resolve(body);
  const pages: Readonly<Record<string, Page>> = {
    '/openapi.json': {
      mediaType: 'application/json',
      read: text(JSON.stringify(openApiDocument)),
      headers: askedAgain,
    },
    '/docs': {
      mediaType: 'text/html; charset=utf-8',
      read: text(page),
      headers: askedAgain,
    },
    '/docs/docs.js': { mediaType: 'text/javascript; charset=utf-8', read: text(script), headers: askedAgain },
    '/docs/viewer.js': {
      mediaType: 'text/javascript; charset=utf-8',
      read: viewerFile('swagger-ui-bundle.js'),
      headers: keptForADay,
    },
    '/docs/viewer.css': {
      mediaType: 'text/css; charset=utf-8',
      read: viewerFile('swagger-ui.css'),
      headers: keptForADay,
    },
  };
  for (const [path, { mediaType, read, headers }] of Object.entries(pages)) {
    // Read and compressed at the first request, so that the start of a process does not wait for it.
    const forms = rememberSuccess(() => formsOf(read));
    app.get(path, async (c) => answer(c, await forms(), { 'content-type': mediaType, ...headers }));
  }
}

/** A page as it is, and compressed. Each form has a tag of its own, because their bytes differ. */
interface Forms {
  readonly plain: { readonly body: string; readonly etag: string };
  readonly packed: { readonly body: Uint8Array<ArrayBuffer>; readonly etag: string };
}

async function formsOf(read: () => Promise<string>): Promise<Forms> {
  const body = await read();
  const etag = tagOfBody(body);
  return {
    plain: { body, etag },
    packed: { body: new Uint8Array(await compress(body)), etag: etag.replace(/"$/, '-gz"') },
  };
}

function answer(
  c: AppContext,
  { plain, packed }: Forms,
  headers: Readonly<Record<string, string>>,
): Response {
  const acceptsGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const { body, etag } = acceptsGzip ? packed : plain;
  const all = { ...headers, vary: 'accept-encoding', etag, 'x-request-id': c.get('requestId') };
  if (isKnown(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers: all });
  return new Response(body, {
    headers: acceptsGzip ? { ...all, 'content-encoding': 'gzip' } : all,
  });
}
