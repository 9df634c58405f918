// Absence needs proof by Elasticsearch itself. A server in between answers instead of it, in every way that a
// proxy, a gateway or a cache may. Whatever the read model does then, nothing is rewound, created or deleted.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { drainBatch } from '../../../../src/projections/drain/drainBatch.ts';
import {
  createElasticsearch,
  isIndexMissing,
  type ReadModelDeps,
} from '../../../../src/projections/readModel/elasticsearch.ts';
import { prepareWalletsIndex, walletsAlias } from '../../../../src/projections/readModel/readModelIndex.ts';
import { createReadModelProjection } from '../../../../src/projections/readModel/readModelSink.ts';
import { fillIndex } from '../../../../src/projections/readModel/rebuild/fillIndex.ts';
import {
  prepareRebuildIndex,
  type RebuildIndex,
  removeOtherIndexes,
  removeUnread,
  switchAlias,
} from '../../../../src/projections/readModel/rebuild/rebuildIndex.ts';
import { targetAlias } from '../../../../src/projections/readModel/targets.ts';
import { compareIndex } from '../../../../src/projections/verify/compareIndex.ts';
import { repairWallet } from '../../../../src/projections/verify/repairWallet.ts';
import { throughPort } from '../../../../harness/proxy/proxy.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

type Asked = Pick<IncomingMessage, 'url' | 'method'>;

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const named = { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' };
const missingIndex = JSON.stringify({
  error: { type: 'index_not_found_exception', reason: 'no such index', root_cause: [] },
  status: 404,
});
const missingAlias = JSON.stringify({ error: 'alias missing', status: 404 });

/** Answers from in between, by name. Undefined passes the request on to Elasticsearch. */
const answers: Readonly<Record<string, (request: Asked) => Answer | undefined>> = {
  'a 404 page of a proxy': () => ({ status: 404, body: '<html>404 not found</html>' }),
  'an empty 404': () => ({ status: 404, body: '' }),
  "Elasticsearch's words for a missing index, without its header": () => ({
    status: 404,
    headers: { 'content-type': 'application/json' },
    body: missingIndex,
  }),
  'an old answer about the alias, kept by a cache': ({ url = '' }) =>
    url.includes('_alias/') ? { status: 404, headers: named, body: missingAlias } : undefined,
  'an old answer about the index, kept by a cache': ({ url = '', method }) =>
    url.includes('_cluster') || (method !== 'GET' && method !== 'HEAD')
      ? undefined
      : { status: 404, headers: named, body: missingIndex },
  'an empty 200': () => ({ status: 200, body: '' }),
  'a page of a captive portal': () => ({ status: 200, body: '<html>log in</html>' }),
  'a 200 with the header and an empty object': () => ({ status: 200, headers: named, body: '{}' }),
  'a 200 with the header and no JSON': () => ({ status: 200, headers: named, body: 'ok' }),
  'an old answer, and a state that names no cluster': ({ url = '' }) => {
    if (url.includes('_alias/')) return { status: 404, headers: named, body: missingAlias };
    return url.includes('_cluster/state') ? { status: 200, headers: named, body: '{}' } : undefined;
  },
};

/** Everything that may conclude that something is missing. */
const works: Readonly<Record<string, (deps: ReadModelDeps, rebuild: RebuildIndex) => Promise<unknown>>> = {
  'the start of a drain': (deps) => prepareWalletsIndex(deps),
  'a pass of the drain': async (deps) => {
    await drainBatch(deps.pool, createReadModelProjection(deps), 100);
  },
  'the beginning of a rebuild': async (deps) => prepareRebuildIndex(deps),
  'the filling of a rebuild': (deps, { to }) =>
    fillIndex(
      deps,
      { alias: targetAlias(to), after: '', until: 'z', walletsMax: 10 },
      new AbortController().signal,
      () => undefined,
    ),
  'the check whether the index of a rebuild exists': async ({ elasticsearch }, { to }) => {
    expect(await isIndexMissing(elasticsearch, to)).toBe(false);
  },
  'the switch of a rebuild': (deps, { from, to }) => switchAlias(deps, from, to),
  'the removal after a rebuild': (deps, rebuild) => removeUnread(deps, rebuild),
  'the removal of what rebuilds left': (deps) => removeOtherIndexes(deps),
  'the repair of a wallet': (deps) => repairWallet(deps, 'wallet-001'),
  'a comparison that repairs': (deps) =>
    compareIndex(
      deps,
      {
        index: walletsAlias(deps.indexPrefix),
        after: '',
        until: 'z',
        walletsMax: 10,
        upTo: 1,
        rows: true,
      },
      new AbortController().signal,
      () => undefined,
      (walletId) => repairWallet(deps, walletId),
    ),
};

let fixture: ProjectionFixture;
let rebuild: RebuildIndex;
let server: Server;
let answer: (request: Asked) => Answer | undefined = () => undefined;
let between: ReadModelDeps;

beforeAll(async () => {
  fixture = await createProjectionFixture();
  await appendEvents(fixture.pool, walletStream('wallet-001', 100n));
  await drainAll(fixture.pool, fixture.readModel);
  rebuild = await prepareRebuildIndex(fixture);
  await appendEvents(fixture.pool, walletStream('wallet-002', 100n));
  server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const elasticsearch = createElasticsearch({
    ELASTICSEARCH_URL: throughPort(inject('elasticsearchUrl'), port),
    ELASTICSEARCH_TIMEOUT_MS: 5_000,
  });
  between = { pool: fixture.pool, elasticsearch, indexPrefix: fixture.indexPrefix };
});
afterAll(async () => {
  await between.elasticsearch.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await fixture.elasticsearch.indices.delete({ index: rebuild.to, ignore_unavailable: true });
  await fixture.close();
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const own = answer(request);
  if (own !== undefined) {
    request.resume();
    response.writeHead(own.status, own.headers).end(request.method === 'HEAD' ? undefined : own.body);
    return;
  }
  const body = Buffer.concat(await request.toArray());
  const { method = 'GET', url = '/', headers } = request;
  const kept = ['content-type', 'accept', 'authorization'].flatMap((name): [string, string][] =>
    typeof headers[name] === 'string' ? [[name, headers[name]]] : [],
  );
  // `fetch` refuses an address with credentials. They come with the request.
  const { origin } = new URL(inject('elasticsearchUrl'));
  const passed = await fetch(`${origin}${url}`, {
    method,
    headers: kept,
    ...(body.length === 0 ? {} : { body }),
  });
  response.writeHead(passed.status, {
    'content-type': passed.headers.get('content-type') ?? '',
    'x-elastic-product': passed.headers.get('x-elastic-product') ?? '',
  });
  response.end(Buffer.from(await passed.arrayBuffer()));
}

/** What a wrong conclusion would change. */
async function readState() {
  const { pool, elasticsearch, indexPrefix } = fixture;
  const rows = async (text: string) => (await pool.query<Record<string, unknown>>(text)).rows;
  return {
    checkpoints: await rows('select projection, position from projector_checkpoints order by projection'),
    targets: await rows('select alias from read_model_targets order by alias'),
    parked: await rows('select projection, position from projection_failures'),
    indexes: await elasticsearch.indices.get({ index: `${indexPrefix}*`, features: ['aliases'] }),
    document: await fixture.queries.getWalletDocument('wallet-001'),
  };
}

describe.each(Object.entries(answers))('%s', (_, given) => {
  it('is never taken for absence', async () => {
    const before = await readState();
    // If writes pass, the other works would do what they are for.
    const passes = given({ url: '/_bulk', method: 'POST' }) === undefined;
    for (const [name, work] of Object.entries(works)) {
      if (passes && !isHarmless(name)) continue;
      answer = given;
      try {
        await work(between, rebuild);
      } catch (error) {
        expect(error, name).toBeInstanceOf(Error);
        expect((error as Error).name, name).not.toBe('RebuildSupersededError');
      } finally {
        answer = () => undefined;
      }
      expect(await readState(), name).toEqual(before);
    }
  });
});

/** Works that change nothing if Elasticsearch is reached with what they write. */
function isHarmless(name: string): boolean {
  return ['the start of a drain', 'the check whether the index of a rebuild exists'].includes(name);
}

// The last test, because it really loses the indexes.
it('is concluded if Elasticsearch itself says so: the drain begins anew, and a lost rebuild ends', async () => {
  const { elasticsearch } = fixture;
  await elasticsearch.indices.delete({ index: rebuild.to });
  expect(await isIndexMissing(between.elasticsearch, rebuild.to)).toBe(true);
  await elasticsearch.indices.delete({ index: rebuild.from });
  await prepareWalletsIndex(between);
  const { rows } = await fixture.pool.query(
    "select position from projector_checkpoints where projection = 'read-model'",
  );
  expect(rows).toEqual([{ position: '0' }]);
});
