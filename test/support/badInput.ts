// Requests that no well-behaved client sends, made by fast-check: odd paths, queries, headers and bodies.
// Some of them are valid after all. The properties that use them check what the service refuses.
import fc from 'fast-check';
import { bodiesOf, keysOfPrototypes } from './badBodies.ts';

const { BAD_INPUT_SEED, BAD_INPUT_PATH, BAD_INPUT_RUNS } = process.env;

/**
 * The runs of each property. A failure prints its seed and path. These variables repeat it or ask for more
 * runs.
 */
export function badInputRuns(runs: number): fc.Parameters<unknown> {
  return {
    numRuns: Number(BAD_INPUT_RUNS ?? runs),
    ...(BAD_INPUT_SEED === undefined ? {} : { seed: Number(BAD_INPUT_SEED) }),
    ...(BAD_INPUT_PATH === undefined ? {} : { path: BAD_INPUT_PATH }),
  };
}

/** The value of headers with credentials. No answer and no log line may show it. */
export const secret = 'hunter2-do-not-show';
/** Wallets that the test has made. */
export const knownWallets = ['bad-1', 'bad-2'] as const;

export interface BadRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for a method without a body. */
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

/** The bytes that a header's value can have on the wire: no line ends, no NUL. */
const headerBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) =>
  Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[\0\r\n]/g, '')
    .trim(),
);
const orAny = (...values: readonly string[]) => fc.oneof(fc.constantFrom(...values), headerBytes);

const tags = [
  '*',
  '"1"',
  '"999"',
  'W/"1"',
  '"1","2"',
  '1',
  '""',
  '"1',
  ',',
  '"x", *',
  `${'"1",'.repeat(3_000)}"1"`,
];

/** Credentials are always sent. The service neither reads nor shows them. */
const credentials = { authorization: `Bearer ${secret}`, cookie: `id=${secret}`, 'x-api-key': secret };

const oddHeaders = fc
  .record(
    {
      'idempotency-key': orAny('k', '', '"', '""', '"k', 'k\tk', 'k'.repeat(255), 'k'.repeat(256), 'k,k'),
      'if-match': orAny(...tags),
      'content-type': orAny(
        ...['', 'text/plain', 'application/json; charset=utf-16', 'application/json; charset=utf-8'],
        ...[
          'application/json, text/html',
          'application/problem+json',
          'multipart/form-data',
          'APPLICATION/JSON',
        ],
      ),
      'content-encoding': orAny('gzip', 'identity', 'br', 'identity, gzip'),
      'content-length': orAny('0', '-1', '1e3', 'NaN', '99999999999999999999', '0x10', '5, 5'),
      'transfer-encoding': orAny('chunked', 'gzip, chunked', 'identity'),
      'x-request-id': orAny('mine', '', 'x'.repeat(129), '../..', '<b>'),
      traceparent: orAny(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'ff-1-2-3', '00', 'x'.repeat(5_000)),
      host: orAny('', 'a b', '[::1', 'x:99999999'),
      origin: orAny('null', 'https://other.example', 'http://', 'x'.repeat(2_000)),
      'sec-fetch-site': orAny('cross-site', 'same-origin', 'none'),
      accept: orAny('text/html', '*/*;q=9'),
      'accept-encoding': orAny('gzip;q=0', '*'),
      'if-none-match': orAny(...tags),
      expect: orAny('100-continue', 'money'),
    },
    { requiredKeys: [] },
  )
  // Most requests have few oddities, so that later checks than the first refusal are reached too.
  .chain((headers) =>
    fc.shuffledSubarray(Object.entries(headers)).map((chosen) => Object.fromEntries(chosen.slice(0, 2))),
  );

/** One part of a path, as it is sent. */
const segments: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      ...knownWallets,
      'ledger',
      'read-model',
      'rebuildLedger',
      'verifyProjections',
      'drain-ledger',
      '1',
      '0',
      '-1',
      '1e3',
    ],
    ...[
      '999999999999999999',
      '9'.repeat(30),
      '%00',
      '%',
      '%zz',
      '%ff',
      '%c0%80',
      '%ed%a0%80',
      '%2e%2e',
      '%2F',
    ],
    ...['..%2f..%2fetc%2fpasswd', '%25%32%66', '%0d%0aX-Evil:%201', '.', '..', '...', '*', ':walletId', ' '],
    ...['x'.repeat(128), 'x'.repeat(129), 'x'.repeat(1_001), 'x'.repeat(8_000), '%F0%9F%92%B0', 'ü', ';a=b'],
    ...['00000000-0000-0000-0000-000000000000', 'wallet-not-found', 'page.js', ...keysOfPrototypes],
  ),
  fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => encodeURIComponent(text)),
  fc
    .string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll(/[?#/\\]/g, '_')),
);

const forged = (text: string) => Buffer.from(text).toString('base64url');

const queryNames = fc.constantFrom(
  ...['limit', 'cursor', 'ownerId', 'minVersion', 'consistency', 'order', 'from', 'to', 'at', 'projection'],
  ...['Limit', '', '%ff', 'limit[]', ...keysOfPrototypes],
);
const queryValues = fc.oneof(
  fc.constantFrom(
    ...[
      '1',
      '0',
      '-1',
      '100',
      '101',
      '1e1',
      '0x10',
      '1.0',
      '%201',
      '',
      'NaN',
      '9'.repeat(30),
      '+5',
      '٣',
      'null',
    ],
    ...['bad-1', 'strong', 'asc', 'ledger', '%00', '%ff', '%', '%ed%a0%80', 'x'.repeat(4_000), "';--"],
    ...[
      '!!',
      '====',
      ...['1', '0', '-1', '\0', '9'.repeat(18), '9'.repeat(30), 'x', '..', '1e3'].map(forged),
    ],
    ...[
      '2026-11-22T17:00:00Z',
      '0000-01-01T00:00:00Z',
      '0000-01-01T00:00:00%2B23:59',
      '2026-02-30T00:00:00Z',
    ],
    ...['9999-12-31T23:59:59-23:59', '2026-11-22', '2026-11-22T24:00:00Z', '2026-11-22T17:00:00+01:00', '0'],
    ...[`2026-11-22T17:00:00.${'9'.repeat(500)}Z`, '-000001-01-01T00:00:00Z'],
  ),
  fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const someQuery = fc
  .array(fc.tuple(queryNames, queryValues), { minLength: 1, maxLength: 3 })
  .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`);
const queries = fc.oneof({ weight: 2, arbitrary: fc.constant('') }, someQuery);
/** A change refuses every query, so that its later checks need requests without one. */
const queriesOfChanges = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, someQuery);

/** A valid value of a path's parameter. */
const rightSegments: Readonly<Record<string, string>> = {
  walletId: knownWallets[0],
  projection: 'ledger',
  position: '1',
  type: 'rebuildLedger',
  commandId: '00000000-0000-0000-0000-000000000000',
  movementId: 'bad-1@1',
};

function segmentsOf(part: string): fc.Arbitrary<string> {
  if (!part.startsWith(':')) return fc.constant(part);
  const right = rightSegments[part.slice(1)];
  return right === undefined ? segments : fc.oneof({ weight: 2, arbitrary: fc.constant(right) }, segments);
}

/** Requests for a route such as POST /wallets/:walletId/credit. */
export function badRequests(method: string, routePath: string): fc.Arbitrary<BadRequest> {
  const parts = routePath.split('/').map(segmentsOf);
  return fc
    .record({
      parts: fc.tuple(...parts),
      query: method === 'POST' ? queriesOfChanges : queries,
      headers: fc.oneof(oddHeaders, fc.constant({})),
      body: method === 'POST' ? bodiesOf(routePath) : fc.constant(undefined),
    })
    .map(({ parts: filled, query, headers, body }) => ({
      path: `${filled.join('/')}${query}`,
      headers: { 'content-type': 'application/json', ...headers, ...credentials },
      body,
    }));
}

/** Paths that no route has. Some only look like one. */
export const strayPaths: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(
      '',
      '/wallets',
      '/admin',
      '/console',
      '/docs',
      '/ledger',
      '/commands',
      '//wallets',
      '/./wallets',
    ),
    fc.array(segments, { maxLength: 4 }),
    queries,
  )
  .map(([start, more, query]) => `${start}/${more.join('/')}${query}`);

export const oddMethods = fc.constantFrom(
  ...[
    'GET',
    'POST',
    'PUT',
    'PATCH',
    'DELETE',
    'OPTIONS',
    'HEAD',
    'PROPFIND',
    'get',
    'Post',
    'X',
    'CONSTRUCTOR',
  ],
);
