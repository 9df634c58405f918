// The event feed page by page: its order, its filters, its cursors, and that a tenant reads its own alone.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCommandIdCover } from '../../src/api/wallets/commandIdCover.ts';
import { localCaller } from '../../src/access/caller.ts';
import { cloudEventSchema, jsonSchemaOf } from '../../src/api/events/cloudEventSchemas.ts';
import { feedTypes } from '../../src/feed/feedTypes.ts';
import { eventsExaminedMax, walletsMergedMax } from '../../src/feed/readFeed.ts';
import { appendEvents, appendRows, unknownEvent } from '../support/appendEvents.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { restoreLog } from '../support/changeLog.ts';
import { createTestDatabase } from '../support/database.ts';
import { actEveryEvent } from '../support/everyEvent.ts';
import { eventPage, everyEventOf } from '../support/eventReader.ts';
import { walletStream } from '../support/walletStream.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
/** The same service for a caller of tenant acme. */
let acme: TestApi;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url);
  api = createTestApi(config);
  acme = createTestApi(
    config,
    {},
    { authenticate: () => ({ ...localCaller, operator: false, tenant: 'acme' }) },
  );
  for (const [walletId, ownerId] of [
    ['w-1', 'o-1'],
    ['w-2', 'o-2'],
    ['w-3', 'o-1'],
  ])
    await accepted(api, '/wallets', { walletId, ownerId, initialBalance: '100.00' });
  await accepted(api, '/wallets/w-1/transfer', { toWalletId: 'w-2', amount: '5.00' });
  await accepted(acme, '/wallets', { walletId: 'w-1', ownerId: 'o-1', initialBalance: '7.00' });
  await accepted(api, '/wallets/w-3/credit', { amount: '1.00' });
  await accepted(api, '/wallets/w-3/holds', { amount: '2.00', holdId: 'h-1' });
  await accepted(api, '/wallets/w-3', { labels: ['vip'] }, 'PATCH');
  await accepted(api, '/wallets/w-3/limits', { minimumBalance: '10.00' }, 'PUT');
  await accepted(api, '/wallets/w-3/debit', { amount: '3.00' });
});
afterAll(async () => {
  await Promise.all([api.close(), acme.close()]);
  await database.drop();
});

async function accepted(on: TestApi, path: string, body: object, method = 'POST'): Promise<void> {
  const { status, text } = await post(on, path, body, {}, method);
  expect(status, text).toBeLessThan(300);
}

const ours = ['w-1@1', 'w-2@1', 'w-3@1', 'w-1@2', 'w-2@2', 'w-3@2', 'w-3@3', 'w-3@4', 'w-3@5', 'w-3@6'];

describe('the feed', () => {
  it('ends a page after about a megabyte, and goes on after it', async () => {
    const cover = createCommandIdCover(() => ({ secret: Buffer.alloc(32), shownSince: null }));
    // The longest member of an event that a test can choose.
    const large = { ...cover, shown: () => 'x'.repeat(300_000) };
    const other = createTestApi(testConfig(database.url), {}, { commandIdCover: large });
    const { ids, pages } = await everyEventOf(other, { limit: '1000' });
    await other.close();
    expect(ids).toEqual(ours);
    expect(pages).toBe(Math.ceil(ours.length / 3));
  });

  it('has every event of the tenant from the first on, in the order of commits, whatever the size of a page', async () => {
    for (const limit of ['1', '3', '1000'])
      expect((await everyEventOf(api, { limit })).ids, `limit ${limit}`).toEqual(ours);
  });

  it('keeps that order, although the times of the events run backwards', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    const events = walletStream('w-1', 100n, [1n, 2n, 3n]).map((event, index) => ({
      ...event,
      occurredAt: new Date(Date.UTC(2026, 0, 10 - index)),
    }));
    await appendEvents(other.pool, events);
    expect((await everyEventOf(other)).ids).toEqual(['w-1@1', 'w-1@2', 'w-1@3', 'w-1@4']);
    await other.close();
    await fresh.drop();
  });

  it('says of an event what the other routes say', async () => {
    const { events } = await eventPage(api, { walletId: 'w-3', types: 'wallet.debited.v1' });
    const [event] = events;
    const history = await get(api, '/v1/wallets/w-3/events?order=desc&limit=1');
    const [row] = history.body.events as [Readonly<Record<string, unknown>>];
    const { movementId, version, balance, held, status, currency, amount, description } = row;
    const data = event?.data as Readonly<Record<string, unknown>>;
    expect(data).toMatchObject({ movementId, version, balance, held, status, currency, amount, description });
    const wallet = await get(api, '/v1/wallets/w-3?consistency=strong');
    expect([data.available, data.balance]).toEqual([wallet.body.available, wallet.body.balance]);
    expect(data.available).toBe('86.00');
    const movement = await get(api, `/movements/${String(movementId)}`);
    expect([data.commandId, data.requestId]).toEqual([movement.body.commandId, movement.body.requestId]);
  });

  it('gives both halves of a transfer the id of one movement, also if only one of them is asked for', async () => {
    const { events } = await eventPage(api, { types: 'transfer.received.v1' });
    const { events: both } = await eventPage(api, { types: 'transfer.received.v1,transfer.sent.v1' });
    expect([...events, ...both].map(({ data }) => (data as { movementId: string }).movementId)).toEqual([
      ...['w-1@2', 'w-1@2', 'w-1@2'],
    ]);
  });

  it('shows a tenant its own events alone, under every filter, and no position', async () => {
    for (const query of [{}, { walletId: 'w-1' }, { ownerId: 'o-1' }, { types: 'wallet.created.v1' }]) {
      const page = await eventPage(acme, query);
      expect(page.events.map(({ id, source }) => `${source} ${id}`)).toEqual([
        '/tenants/acme/wallets/w-1 w-1@1',
      ]);
      expect(JSON.stringify(page).replaceAll('/tenants/acme', '')).not.toContain('acme');
      expect(Buffer.from(page.next, 'base64url')).toHaveLength(16);
    }
  });

  it('is a batch of CloudEvents if Accept asks for one', async () => {
    const answer = await api.app.request('/events?limit=2', {
      headers: { accept: 'application/cloudevents-batch+json' },
    });
    expect(answer.headers.get('content-type')).toBe('application/cloudevents-batch+json');
    const events = (await answer.json()) as { id: string }[];
    expect(events.map(({ id }) => id)).toEqual(ours.slice(0, 2));
    expect(answer.headers.get('events-has-more')).toBe('true');
    const after = answer.headers.get('events-next') ?? '';
    expect((await everyEventOf(api, { after })).ids).toEqual(ours.slice(2));
  });
});

describe('a filter', () => {
  it.each([
    [{ types: 'transfer.sent.v1,wallet.debited.v1' }, ['w-1@2', 'w-3@6']],
    [{ walletId: 'w-2' }, ['w-2@1', 'w-2@2']],
    [{ walletId: 'w-404' }, []],
    [{ ownerId: 'o-1' }, ours.filter((id) => !id.startsWith('w-2'))],
    [{ ownerId: 'o-2', walletId: 'w-1' }, []],
    [{ label: 'vip' }, ours.filter((id) => id.startsWith('w-3'))],
    [{ label: 'vip', walletId: 'w-1' }, []],
    [{ label: 'vip', ownerId: 'o-1', types: 'wallet.created.v1' }, ['w-3@1']],
  ] as const)(
    '%j leaves nothing out and lets nothing in, whatever the size of a page',
    async (query, ids) => {
      for (const limit of ['1', '2', '1000'])
        expect((await everyEventOf(api, { ...query, limit })).ids, `limit ${limit}`).toEqual(ids);
    },
  );

  it('moves the cursor past what it leaves out, also on an empty page, and not beyond', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    await appendEvents(other.pool, [...walletStream('w-1', 1n, [1n, 1n]), ...walletStream('w-2', 1n)]);
    for (const query of [{ types: 'wallet.closed.v1' }, { walletId: 'w-9' }, { ownerId: 'nobody' }]) {
      const page = await eventPage(other, query);
      const again = await eventPage(other, { ...query, after: 'latest' });
      expect(page, JSON.stringify(query)).toEqual({ events: [], next: again.next, hasMore: false });
    }
    const { next } = await eventPage(other, { walletId: 'w-9' });
    await appendEvents(other.pool, walletStream('w-9', 1n, [1n]));
    expect((await everyEventOf(other, { walletId: 'w-9', after: next })).ids).toEqual(['w-9@1', 'w-9@2']);
    await other.close();
    await fresh.drop();
  });

  it('examines a bounded part of the log for a page, and says that there is more', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    const credits = Array.from({ length: eventsExaminedMax + 10 }, () => 1n);
    await appendEvents(other.pool, [...walletStream('w-1', 1n, credits), ...walletStream('w-2', 1n)]);
    const first = await eventPage(other, { types: 'wallet.closed.v1' });
    expect([first.events, first.hasMore]).toEqual([[], true]);
    expect(await everyEventOf(other, { types: 'wallet.created.v1', after: '0' })).toMatchObject({
      ...{ ids: ['w-1@1', 'w-2@1'], pages: 2 },
    });
    // The stream of one wallet is found without the log before it.
    expect(await everyEventOf(other, { walletId: 'w-2' })).toMatchObject({ ids: ['w-2@1'], pages: 1 });
    await other.close();
    await fresh.drop();
  });

  it('by an owner with many wallets goes through the log, and finds the same', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    const ids = Array.from({ length: walletsMergedMax + 1 }, (_, index) => `w-${index}`);
    const create = (walletId: string) => accepted(other, '/wallets', { walletId, ownerId: 'many' });
    for (const walletId of ids.slice(0, -1)) await create(walletId);
    const merged = await everyEventOf(other, { ownerId: 'many', limit: '7' });
    expect(merged.ids).toEqual(ids.slice(0, -1).map((id) => `${id}@1`));
    await create(ids.at(-1) ?? '');
    expect((await everyEventOf(other, { ownerId: 'many', limit: '7' })).ids).toEqual(
      ids.map((id) => `${id}@1`),
    );
    await other.close();
    await fresh.drop();
  });
});

describe('a cursor', () => {
  it('of another filter, of another tenant or of nobody is refused', async () => {
    const { next } = await eventPage(api, { limit: '1' });
    const refused = [
      await get(api, `/events?after=${next}&walletId=w-1`),
      await get(acme, `/events?after=${next}`),
      await get(api, `/events?after=${next}x`),
      await get(api, '/events?after=4'),
      await get(api, `/events?after=${Buffer.alloc(16).toString('base64url')}`),
    ];
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
      expect(body.errors).toMatchObject([{ parameter: 'after' }]);
    }
  });

  it('beyond the end of the log is refused, because other events take those positions after a restore', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    const first = await appendEvents(other.pool, walletStream('w-1', 1n, [1n, 1n]));
    const { next } = await eventPage(other);
    await restoreLog(other.pool, first);
    for (const [query, headers] of [
      ['', {}],
      ['&wait=30', {}],
      ['', { accept: 'text/event-stream' }],
    ] as const) {
      const { status, body } = await get(other, `/events?after=${next}${query}`, headers);
      expect([status, body.code]).toEqual([409, 'CURSOR_AHEAD']);
    }
    await other.close();
    await fresh.drop();
  });

  it('does not depend on the order in which the types are named', async () => {
    const types = ['wallet.created.v1', 'wallet.credited.v1'];
    const { next } = await eventPage(api, { types: types.join(','), limit: '1' });
    const { ids } = await everyEventOf(api, { types: types.toReversed().join(','), after: next });
    expect(ids).toEqual(['w-2@1', 'w-3@1', 'w-3@2']);
  });
});

describe('an event that this release cannot read', () => {
  it('holds the feed up before it, so it is not passed over', async () => {
    const fresh = await createTestDatabase();
    const other = createTestApi(testConfig(fresh.url));
    await appendEvents(other.pool, walletStream('w-1', 1n));
    await appendRows(other.pool, [unknownEvent('w-1', 2)]);
    await appendEvents(other.pool, walletStream('w-2', 1n));
    const page = await eventPage(other);
    expect([page.events.map(({ id }) => id), page.hasMore]).toEqual([['w-1@1'], true]);
    for (const headers of [{}, { accept: 'text/event-stream' }]) {
      const { status, body } = await get(other, `/events?after=${page.next}`, headers);
      expect([status, body.code, body.walletId]).toEqual([500, 'EVENT_UNREADABLE', 'w-1']);
      expect(body.detail).not.toContain('position');
    }
    await other.close();
    await fresh.drop();
  });
});

it('the schema of a type is that to which its events point', async () => {
  const { events } = await eventPage(api, { limit: '1' });
  const { body } = await get(api, '/events/schemas/wallet.created.v1');
  expect(body.$id).toBe(events[0]?.dataschema);
  expect((await get(api, '/events/schemas/wallet.painted.v1')).status).toBe(400);
});

it('every event that commands make fits the JSON Schema of its type', async () => {
  const fresh = await createTestDatabase();
  const other = createTestApi(testConfig(fresh.url));
  await actEveryEvent(other);
  const { events } = await eventPage(other, { limit: '1000' });
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(feedTypes));
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  for (const event of events) {
    const validate = ajv.getSchema(event.dataschema) ?? ajv.compile(jsonSchemaOf(event.type));
    expect(validate(event) ? [] : validate.errors, event.id).toEqual([]);
    expect(cloudEventSchema.safeParse(event).error?.issues ?? []).toEqual([]);
  }
  await other.close();
  await fresh.drop();
});
