// The event feed as a stream: how it begins, goes on, waits, and ends, and that it misses nothing.
import { connect } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { localCaller } from '../../src/access/caller.ts';
import type { StreamEnd, StreamTimes } from '../../src/api/events/eventStream.ts';
import type { ServedFeed } from '../../src/api/events/eventStreams.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { startHttpServer } from '../../src/http/httpServer.ts';
import { appendEvents } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventPage, everyEventOf, openEvents } from '../support/eventReader.ts';
import { eventually } from '../support/eventually.ts';
import { createQuietTail } from '../support/quietTail.ts';
import { walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let config: ReturnType<typeof testConfig>;
let api: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  config = testConfig(database.url);
  api = createTestApi(config);
  for (const walletId of ['w-1', 'w-2'])
    await accepted(api, '/wallets', { walletId, ownerId: 'o-1', initialBalance: '100.00' });
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

async function accepted(on: TestApi, path: string, body: object): Promise<void> {
  const { status, text } = await post(on, path, body);
  expect(status, text).toBeLessThan(300);
}
const credit = (walletId: string, on = api) =>
  accepted(on, `/wallets/${walletId}/credit`, { amount: '1.00' });
const idsOf = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);

/** The same API with other times, which counts how its streams end. */
function otherApi(streamTimes: Partial<StreamTimes>, replaced: Partial<ApiDeps> = {}) {
  const ends: StreamEnd[] = [];
  const kinds: string[] = [];
  const watched: Partial<ServedFeed> = {
    streamTimes,
    watch: {
      opened: (kind) => kinds.push(kind),
      closed: ignore,
      sent: ignore,
      ended: (reason) => ends.push(reason),
    },
  };
  return { ends, kinds, api: createTestApi(config, {}, replaced, watched) };
}
function ignore(): void {
  return;
}

describe('a stream of events', () => {
  it('begins where it is told, goes on with what is committed, and names each event by its cursor', async () => {
    const stream = await openEvents(api);
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.response.headers.get('cache-control')).toContain('no-transform');
    expect((await stream.next())?.text).toMatch(/^retry: 2000\nid: \S+$/);
    expect(idsOf(await stream.events(2))).toEqual(['w-1@1', 'w-2@1']);
    const third = stream.next();
    await credit('w-1');
    const frame = await third;
    expect(frame?.event?.id).toBe('w-1@2');
    expect((await eventPage(api, { after: frame?.id ?? '' })).events).toEqual([]);
    await stream.leave();
  });

  it('goes on after Last-Event-ID, whatever `after` says', async () => {
    const { next } = await eventPage(api, { limit: '1' });
    const stream = await openEvents(api, { after: '0' }, { 'last-event-id': next });
    expect(idsOf(await stream.events(1))).toEqual(['w-2@1']);
    await stream.leave();
  });

  it('is not what a program gets that takes any text', async () => {
    const { status, headers } = await get(api, '/events?limit=1', { accept: 'text/*' });
    expect([status, headers.get('content-type')]).toMatchObject([200, /json/]);
  });

  it('with a foreign Last-Event-ID is refused before it begins', async () => {
    const { next } = await eventPage(api, { limit: '1', walletId: 'w-1' });
    const { status, body } = await get(api, '/events', {
      accept: 'text/event-stream',
      'last-event-id': next,
    });
    expect([status, body.errors]).toMatchObject([400, [{ header: 'Last-Event-ID' }]]);
  });

  it('gives events of its filter alone, and moves Last-Event-ID past the others', async () => {
    const other = otherApi({ heartbeatMs: 1 });
    const stream = await openEvents(other.api, { walletId: 'w-2', after: 'latest' });
    const begun = (await stream.next())?.id;
    await credit('w-1', other.api);
    const passed = await eventually(async () => {
      const frame = await stream.next();
      return frame?.event === undefined && frame?.id !== undefined && frame.id !== begun && frame;
    });
    expect(passed.text.startsWith(':')).toBe(true);
    await credit('w-2', other.api);
    expect(idsOf(await stream.events(1))).toEqual(['w-2@2']);
    expect((await everyEventOf(api, { walletId: 'w-2', after: passed.id ?? '' })).ids).toEqual(['w-2@2']);
    await stream.leave();
    await other.api.close();
  });

  it('by owner or label follows the wallets as they are now', async () => {
    const stream = await openEvents(api, { label: 'gold', after: 'latest' });
    const owned = await openEvents(api, { ownerId: 'o-9', after: 'latest' });
    for (const one of [stream, owned]) await one.next();
    await credit('w-1');
    await accepted(api, '/wallets', { walletId: 'w-9', ownerId: 'o-9' });
    await post(api, '/wallets/w-9', { labels: ['gold'] }, {}, 'PATCH');
    await credit('w-9');
    const labelled: string[] = [];
    while (labelled.at(-1) !== 'w-9@3') labelled.push(...idsOf(await stream.events(1)));
    // The label may be there when the first event is read, and no event of w-1 fits it.
    expect(labelled.filter((id) => !id.startsWith('w-9@'))).toEqual([]);
    expect(idsOf(await owned.events(3))).toEqual(['w-9@1', 'w-9@2', 'w-9@3']);
    await Promise.all([stream.leave(), owned.leave()]);
  });

  it('shows a tenant nothing of another', async () => {
    const authenticate = () => ({ ...localCaller, operator: false, tenant: 'acme' });
    const acme = createTestApi(config, {}, { authenticate });
    const stream = await openEvents(acme);
    await stream.next();
    await credit('w-1', acme).catch(ignore);
    await credit('w-1');
    await accepted(acme, '/wallets', { walletId: 'w-1', ownerId: 'o-1' });
    const [event] = await stream.events(1);
    expect([event?.source, event?.id]).toEqual(['/tenants/acme/wallets/w-1', 'w-1@1']);
    await stream.leave();
    await acme.close();
  });

  it('sends comments while nothing happens', async () => {
    const other = otherApi({ heartbeatMs: 1 });
    const stream = await openEvents(other.api, { after: 'latest' });
    await stream.next();
    expect((await stream.next())?.text).toBe(': ');
    await stream.leave();
    await other.api.close();
  });
});

describe('a stream ends', () => {
  it('when its key is revoked, after which it is refused', async () => {
    let isRevoked = false;
    const other = otherApi({}, { authenticate: () => (isRevoked ? undefined : localCaller) });
    const stream = await openEvents(other.api, { after: 'latest' });
    await stream.next();
    isRevoked = true;
    expect(await stream.rest()).toEqual([]);
    expect(other.ends).toEqual(['refused']);
    await other.api.close();
  });

  it('when its tenant is suspended', async () => {
    let isSuspended = false;
    const other = otherApi(
      {},
      {
        authenticate: () => ({ ...localCaller, operator: false, tenant: 'acme' }),
        suspensions: { isSuspended: () => isSuspended, refresh: () => Promise.resolve() },
      },
    );
    const stream = await openEvents(other.api, { after: 'latest' });
    await stream.next();
    isSuspended = true;
    expect(await stream.rest()).toEqual([]);
    expect(other.ends).toEqual(['refused']);
    await other.api.close();
  });

  it('after its longest life, whole, and leads on', async () => {
    const other = otherApi({ lifetimeMaxMs: 1 });
    const stream = await openEvents(other.api);
    const events = await stream.rest();
    expect(other.ends).toEqual(['expired']);
    const { ids } = await everyEventOf(api, { after: stream.lastId() ?? '' });
    expect([...idsOf(events), ...ids]).toEqual((await everyEventOf(api)).ids);
    await other.api.close();
  });

  it('when the process stops, and so do waits; later ones are refused', async () => {
    const stopping = new AbortController();
    const other = otherApi({}, { stopping: stopping.signal });
    const stream = await openEvents(other.api, { after: 'latest' });
    await stream.next();
    const waiting = eventPage(other.api, { after: 'latest', wait: '30' });
    await eventually(() => other.kinds.includes('wait'));
    stopping.abort();
    expect(await stream.rest()).toEqual([]);
    expect(other.ends).toEqual(['stopping']);
    expect((await waiting).events).toEqual([]);
    const { status, body } = await get(other.api, '/events', { accept: 'text/event-stream' });
    expect([status, body.code]).toEqual([503, 'SHUTTING_DOWN']);
    await other.api.close();
  });

  it('when the loop at the end of the log stands still, and later ones are refused', async () => {
    let standsStill = false;
    const tail = createQuietTail(() => standsStill);
    const ends: StreamEnd[] = [];
    const watch = { opened: ignore, closed: ignore, sent: ignore, ended: (end: StreamEnd) => ends.push(end) };
    const other = createTestApi(config, {}, {}, { tail, watch });
    const stream = await openEvents(other, { after: 'latest' });
    await stream.next();
    standsStill = true;
    expect(await stream.rest()).toEqual([]);
    expect(ends).toEqual(['stale']);
    const { status, body } = await get(other, '/events', { accept: 'text/event-stream' });
    expect([status, body.code]).toEqual([503, 'FEED_UNAVAILABLE']);
    await other.close();
  });

  it('when the process stops while the stream begins', async () => {
    const stopping = new AbortController();
    const reads: ApiDeps['reads'] = () => ({
      connect: () => api.pool.connect(),
      query: ((statement: { name?: string }) => {
        if (statement.name === 'read-feed-of-log') stopping.abort();
        return api.pool.query(statement as never);
      }) as never,
    });
    const other = otherApi({}, { stopping: stopping.signal, reads });
    const stream = await openEvents(other.api);
    await stream.rest();
    expect(other.ends).toEqual(['stopping']);
    await other.api.close();
  });

  it('when the reader leaves, and its place is free again', async () => {
    const other = createTestApi({ ...config, EVENT_READERS_PER_CALLER_MAX: 1 });
    for (let round = 0; round < 3; round += 1) {
      const stream = await openEvents(other, { after: 'latest' });
      expect(stream.response.status).toBe(200);
      expect((await get(other, '/events', { accept: 'text/event-stream' })).status).toBe(429);
      await stream.leave();
    }
    await other.close();
  });
});

it('a reader that takes nothing is cut off, and the process holds one piece for it at most', async () => {
  const fresh = await createTestDatabase();
  const own = testConfig(fresh.url);
  const ends: StreamEnd[] = [];
  let sent = 0;
  const slow = createTestApi(
    own,
    {},
    {},
    {
      streamTimes: { stalledMaxMs: 1_000 },
      watch: {
        ...{ opened: ignore, closed: ignore },
        sent: (events) => (sent += events),
        ended: (reason) => ends.push(reason),
      },
    },
  );
  const many = Array.from({ length: 20_000 }, () => 1n);
  await appendEvents(slow.pool, walletStream('w-1', 1n, many));
  const http = await startHttpServer(slow.app.fetch, own);
  const { port } = http.server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n');
  await once(socket, 'readable');
  await eventually(() => ends.length > 0, 50_000);
  expect(ends).toEqual(['slow']);
  expect(sent).toBeLessThan(many.length);
  socket.destroy();
  await http.stop(() => Promise.resolve());
  await slow.close();
  await fresh.drop();
});
