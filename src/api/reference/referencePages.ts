// Serves the API reference: the document at /openapi.json, and the page at /docs that shows it. The page's
// viewer comes from an installed package, so it needs no other server. The content security policy allows it
// no other server.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { App, AppContext } from '../context.ts';
import { isKnown, tagOfBody } from '../http/entityTags.ts';
import { respondRead } from '../http/respond.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  // The viewer's elements have style attributes, and none of them comes from a request.
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wallet API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/docs.css">
<script type="module" src="/docs/docs.js"></script>
<script type="module" src="/docs/rapidoc.js"></script>
</head>
<body>
<noscript>The reference needs JavaScript; the document itself is <a href="/openapi.json">/openapi.json</a>.</noscript>
<rapi-doc spec-url="/openapi.json" load-fonts="false" render-style="focused" show-header="false"
 allow-spec-url-load="false" allow-spec-file-load="false" allow-server-selection="false" allow-authentication="false"
 schema-description-expanded="true" sort-tags="false" theme="light" primary-color="#2f6f4f"
 regular-font="system-ui, sans-serif" mono-font="ui-monospace, monospace"></rapi-doc>
</body>
</html>
`;

const style = 'body { margin: 0 } rapi-doc { width: 100%; height: 100vh }\n';

/**
 * Sets the theme of the reader's system before the viewer draws anything. On a narrow screen the viewer hides
 * its list of operations, so the whole reference is one page there.
 */
const script = `const dark = matchMedia('(prefers-color-scheme: dark)');
const paint = () => document.querySelector('rapi-doc').setAttribute('theme', dark.matches ? 'dark' : 'light');
dark.addEventListener('change', paint);
paint();
if (matchMedia('(max-width: 767px)').matches) document.querySelector('rapi-doc').setAttribute('render-style', 'read');
`;

/**
 * The viewer as its package ships it, compressed. It is read once, because it changes only with a release.
 */
function readViewer(): Buffer {
  const entry = createRequire(import.meta.url).resolve('rapidoc');
  return readFileSync(path.join(path.dirname(entry), 'rapidoc-min.js.gz'));
}

/** A cache asks each time, because a release may change the answer. */
const kept = { 'cache-control': 'no-cache' };

function textHeaders(mediaType: string) {
  return { 'content-type': `${mediaType}; charset=utf-8`, 'x-content-type-options': 'nosniff' };
}

export function addReferencePages(app: App, openApiDocument: object): void {
  const document = JSON.stringify(openApiDocument);
  const packed = new Uint8Array(gzipSync(document));
  const tag = tagOfBody(document);
  const packedTag = tag.replace(/"$/, '-gz"');
  const viewer = new Uint8Array(readViewer());
  const viewerTag = tagOfBody(viewer);
  const answerText = (c: AppContext, mediaType: string, body: string, more: Record<string, string> = {}) =>
    respondRead(c, body, { ...kept, ...textHeaders(mediaType), ...more });
  app.get('/openapi.json', (c) => {
    const acceptsGzip = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
    const headers = {
      'content-type': 'application/json',
      vary: 'accept-encoding',
      ...kept,
      etag: acceptsGzip ? packedTag : tag,
      'x-request-id': c.get('requestId'),
    };
    if (isKnown(c.req.header('if-none-match'), headers.etag))
      return new Response(null, { status: 304, headers });
    if (!acceptsGzip) return new Response(document, { headers });
    return new Response(packed, { headers: { ...headers, 'content-encoding': 'gzip' } });
  });
  app.get('/docs', (c) =>
    answerText(c, 'text/html', page, {
      'content-security-policy': policy,
      'referrer-policy': 'no-referrer',
    }),
  );
  app.get('/docs/docs.css', (c) => answerText(c, 'text/css', style));
  app.get('/docs/docs.js', (c) => answerText(c, 'text/javascript', script));
  app.get('/docs/rapidoc.js', (c) => {
    const headers = {
      ...textHeaders('text/javascript'),
      // Every browser can decompress it, so there is no other form of it here.
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=86400',
      etag: viewerTag,
      'x-request-id': c.get('requestId'),
    };
    if (isKnown(c.req.header('if-none-match'), viewerTag))
      return new Response(null, { status: 304, headers });
    return new Response(viewer, { headers });
  });
}
