// Requests of a command, good, bad and odd, as bytes. They are what clients, gateways and attackers send.
import type { RawScript } from './rawExchange.ts';

interface Parts {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly headers?: readonly string[];
  readonly host?: string | null;
  readonly body?: string;
  /** Undefined gives the right one, null gives none. */
  readonly length?: number | string | null;
  readonly type?: string | null;
  readonly close?: boolean;
}

/** One request. By default it is a credit that is right, and the last one of its connection. */
export function rawRequest(parts: Parts = {}): string {
  const { method = 'POST', target = '/wallets/w-1/credit', version = '1.1', headers = [] } = parts;
  const { host = 'localhost', body = '{"amount":1.00,"description":"raw"}', close = true } = parts;
  const { length = Buffer.byteLength(body, 'latin1'), type = 'application/json' } = parts;
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(type === null ? [] : [`Content-Type: ${type}`]),
    ...(length === null ? [] : [`Content-Length: ${length}`]),
    ...headers,
    ...(close ? ['Connection: close'] : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const one = (name: string, parts: Parts): RawScript => ({ name, pieces: [rawRequest(parts)] });
const withHeaders = (...headers: string[]): RawScript => one(`with ${headers.join(' and ')}`, { headers });
const withBody = (body: string): RawScript => one(`with the body ${body.slice(0, 40)}`, { body });
const withTarget = (target: string): RawScript => one(`to ${target.slice(0, 60)}`, { target });

const routes: readonly RawScript[] = [
  one('a credit', {}),
  one('a debit', { target: '/wallets/w-1/debit' }),
  one('a transfer', { target: '/wallets/w-1/transfer', body: '{"toWalletId":"w-2","amount":"1"}' }),
  one('a creation', { target: '/wallets', body: '{"walletId":"w-3","ownerId":"o","initialBalance":"5"}' }),
  one('a creation without an id', { target: '/wallets', body: '{"ownerId":"o"}' }),
  one('a hold', { target: '/wallets/w-1/holds', body: '{"holdId":"h-1","amount":"1"}' }),
  one('an end of a hold', { target: '/wallets/w-1/holds/h-1/void', body: '' }),
  one('a freeze', { target: '/wallets/w-1/freeze', body: '{"scope":"all","reason":"r"}' }),
  ...['poor', 'reused', 'busy', 'late', 'again', 'broken', 'away', 'former', 'unwell'].map((id) =>
    withTarget(`/wallets/${id}/credit`),
  ),
  ...['/v1/wallets', '/v1/wallets/w-1/credit', '/v1/wallets/poor/debit', '/v1/v1/wallets'].map(withTarget),
  one('a creation under /v1', { target: '/v1/wallets', body: '{"walletId":"w-4","ownerId":"o"}' }),
];

const targets: readonly RawScript[] = [
  ...['/wallets/w-1/nothing', '/wallets/', '/wallets//credit', '/wallets/w-1/credit/', '/', '/wallets?x=1'],
  ...[
    '/wallets/w-1/credit?',
    '/wallets/w-1/credit?amount=2',
    '/wallets/%77-1/credit',
    '/wallets/%2e%2e/credit',
  ],
  ...['/wallets/../wallets/w-1/credit', '/wallets/./credit', '/wallets/.w/credit', '/wallets/w..1/credit'],
  ...['/wallets/w-1/credit#x', '/wallets/w\\1/credit', '/wallets/\xfc/credit', '/wallets/w%2F1/credit'],
  ...[
    'http://localhost/wallets/w-1/credit',
    'http://evil.example/wallets/w-1/credit',
    '*',
    '/wallets/a:b/credit',
  ],
  ...[
    `/wallets/${'w'.repeat(128)}/credit`,
    `/wallets/${'w'.repeat(129)}/credit`,
    '/wallets/__proto__/credit',
  ],
  ...['/wallets/constructor/credit', '/Wallets/w-1/credit', '/walletsw/w-1/credit', '/wallets/-/credit'],
].map(withTarget);

const methods: readonly RawScript[] = [
  'GET',
  'HEAD',
  'OPTIONS',
  'PUT',
  'PATCH',
  'DELETE',
  'TRACE',
  'post',
  'BREW',
].map((method) => one(`as ${method}`, { method }));

const headers: readonly RawScript[] = [
  withHeaders('X-Request-Id: mine'),
  withHeaders('X-Request-Id: not an id'),
  withHeaders('X-Request-Id: a', 'X-Request-Id: b'),
  withHeaders('Idempotency-Key: key-1'),
  withHeaders('Idempotency-Key: "key-1"'),
  withHeaders('Idempotency-Key:'),
  withHeaders('Idempotency-Key:   padded\t '),
  withHeaders('Idempotency-Key: key-\xe9'),
  withHeaders(`Idempotency-Key: ${'k'.repeat(256)}`),
  withHeaders('Idempotency-Key: a', 'Idempotency-Key: b'),
  withHeaders('X-Idempotency-Key: a'),
  withHeaders('If-Match: "3"'),
  withHeaders('If-Match: W/"3", "4-gzip"'),
  withHeaders('If-Match: 3'),
  withHeaders('If-None-Match: "3"'),
  withHeaders('Range: bytes=0-1'),
  withHeaders('X-HTTP-Method-Override: GET'),
  withHeaders('Content-Type: application/json'),
  withHeaders('Content-Encoding: gzip'),
  withHeaders('Content-Encoding: identity'),
  withHeaders('Wallet-Tenant: acme'),
  withHeaders('Wallet-Tenant: gone'),
  withHeaders('Wallet-Tenant: No Tenant'),
  withHeaders('Wallet-Tenant: a', 'Wallet-Tenant: b'),
  withHeaders('Authorization: Bearer good'),
  withHeaders('Authorization: Bearer bad'),
  withHeaders('Authorization: Bearer good', 'Authorization: Bearer bad'),
  withHeaders('Authorization: Bearer bad', 'Authorization: Bearer good'),
  withHeaders('Cookie: a=1', 'Cookie: b=2'),
  withHeaders('Origin: https://app.example'),
  withHeaders('Origin: https://other.example', 'Sec-Fetch-Site: cross-site'),
  withHeaders('X-Forwarded-For: 192.0.2.1, 192.0.2.2', 'X-Forwarded-For: 192.0.2.3'),
  withHeaders('traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
  withHeaders('__proto__: x'),
  withHeaders('constructor: x'),
  withHeaders('Upgrade: websocket'),
  withHeaders('Trailer: x'),
  withHeaders('Bad Name: x'),
  withHeaders('Folded: a\r\n b'),
  withHeaders('X-Nul: \0'),
  withHeaders(`X-Long: ${'x'.repeat(20_000)}`),
];

const hosts: readonly RawScript[] = [
  ...[null, '', 'LOCALHOST', 'localhost:3000', 'localhost:80', '[::1]:3000', '127.0.0.1', 'evil.example'],
  ...['local host', 'localhost.', 'localhost\r\nHost: localhost', 'localhost:99999', 'a@localhost'],
].map((host) => one(`at the host ${host ?? 'none'}`, { host }));

const bodies: readonly RawScript[] = [
  ...['', '{', '[]', 'null', '"x"', '{}', '{"amount":1}', '{"amount":"1"}', '{"amount":1,"amount":2}'],
  ...['{"amount":9007199254740993.01}', '{"amount":1,"more":2}', '{"amount":{"a":1}}', '{"amount":-1}'],
  ...[
    '\xef\xbb\xbf{"amount":1}',
    '{"amount":1,"description":"\xff"}',
    '{"amount":1,"description":"\xc3\xa9"}',
  ],
  ...['{"__proto__":1}', `{"amount":1,"description":"${'x'.repeat(501)}"}`, ' '.repeat(16_384)],
].map(withBody);

const framing: readonly RawScript[] = [
  one('of HTTP/1.0', { version: '1.0' }),
  one('of HTTP/1.0 without a host', { version: '1.0', host: null }),
  one('of HTTP/2.0', { version: '2.0' }),
  one('without a length', { length: null, body: '' }),
  one('with a length that is none', { length: 'x' }),
  one('with a negative length', { length: -1 }),
  one('with a length of zero', { length: 0, body: '' }),
  one('with two lengths', { headers: ['Content-Length: 5'] }),
  one('with a body that is too large', { body: ' '.repeat(16_385) }),
  one('with a length that is too large', { length: 1e12 }),
  one('without a media type', { type: null }),
  one('as text', { type: 'text/plain' }),
  one('as a form', { type: 'application/x-www-form-urlencoded' }),
  one('as JSON in latin1', { type: 'application/json; charset=latin1' }),
  one('as JSON in UTF-8', { type: 'application/json; charset=utf-8' }),
  one('in chunks', {
    length: null,
    headers: ['Transfer-Encoding: chunked'],
    body: 'c\r\n{"amount":1}\r\n0\r\n\r\n',
  }),
  one('in chunks with a length', {
    headers: ['Transfer-Encoding: chunked'],
    body: 'c\r\n{"amount":1}\r\n0\r\n\r\n',
  }),
  { name: 'with less body than its length', pieces: [rawRequest({ length: 99 })], then: 'half-closes' },
  { name: 'by a client that is gone', pieces: [rawRequest({ length: 99 })], then: 'is gone' },
  { name: 'by a client that is gone after it', pieces: [rawRequest()], then: 'is gone' },
  { name: 'by a client that sends no more', pieces: [rawRequest({ close: false })], then: 'half-closes' },
  { name: 'with more body than its length', pieces: [rawRequest({ length: 5 })], then: 'half-closes' },
];

const split = (name: string, ...places: number[]): RawScript => {
  const text = rawRequest();
  const starts = [0, ...places.map((place) => (place < 0 ? text.length + place : place))];
  return { name, pieces: starts.map((start, index) => text.slice(start, starts[index + 1])) };
};
const expecting = (body: string): RawScript => {
  const text = rawRequest({ body, headers: ['Expect: 100-continue'] });
  const head = text.slice(0, text.length - body.length);
  return { name: `that asks first, ${body.length} bytes`, pieces: [head, body], until: 'HTTP/1.1' };
};

const pieces: readonly RawScript[] = [
  split('in two pieces, cut in the head', 20),
  split('in two pieces, cut before the body', -'{"amount":1.00,"description":"raw"}'.length),
  split('in two pieces, cut in the body', -5),
  split('in four pieces', 40, -20, -1),
  expecting('{"amount":1}'),
  expecting(' '.repeat(16_385)),
  withHeaders('Expect: something else'),
];

/** Named by the client, because the server names them in any order. */
const kept = (...parts: Parts[]): string =>
  parts
    .map((part, index) => {
      const headers = [`X-Request-Id: r-${index}`, `Idempotency-Key: k-${index}`, ...(part.headers ?? [])];
      return rawRequest({ ...part, headers, close: index === parts.length - 1 });
    })
    .join('');

const pipelines: readonly RawScript[] = [
  {
    name: 'three in one packet',
    isPipelined: true,
    pieces: [kept({}, { target: '/wallets/poor/debit' }, {})],
  },
  {
    name: 'a slow one before a fast one',
    isPipelined: true,
    pieces: [kept({ target: '/wallets/slow/credit' }, {})],
  },
  {
    name: 'twelve in one packet, reads among them',
    isPipelined: true,
    pieces: [
      kept(...Array.from({ length: 12 }, (_, at) => (at % 3 ? {} : { method: 'GET', target: '/livez' }))),
    ],
  },
  {
    name: 'one that Hono must answer among others',
    isPipelined: true,
    pieces: [kept({}, { headers: ['Cookie: a=1', 'Cookie: b=2'] }, {}, { host: '[::1]' }, {})],
  },
  {
    name: 'one that is cut in the next packet',
    isPipelined: true,
    pieces: [kept({}, {}).slice(0, -7), kept({}, {}).slice(-7)],
  },
  { name: 'one with a broken one after it', pieces: [`${rawRequest({ close: false })}no HTTP\r\n\r\n`] },
  {
    name: 'one after the other',
    pieces: [rawRequest({ close: false }), rawRequest({ close: false, target: '/wallets' }), rawRequest()],
  },
];

export const rawScripts: readonly RawScript[] = [
  ...routes,
  ...targets,
  ...methods,
  ...headers,
  ...hosts,
  ...bodies,
  ...framing,
  ...pieces,
  ...pipelines,
];
