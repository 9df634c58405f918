// Requests that wait for an event: what ends the wait, and what many of them cost together.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { unwalledReads } from '../../src/eventStore/tenantReads.ts';
import type { ApiDeps } from '../../src/api/deps.ts';
import { createTestApi, get, post, type TestApi, testConfig } from '../support/api.ts';
import { localCaller } from '../../src/access/caller.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventPage } from '../support/eventReader.ts';
import { eventually } from '../support/eventually.ts';

const waiters = 20;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let api: TestApi;
let waiting = 0;
let pagesRead = 0;
let isRevoked = false;
const authenticate: ApiDeps['authenticate'] = (c) =>
  isRevoked && c.req.method === 'GET' ? undefined : localCaller;
/** The clock of the waits. While it stands still, no wait reaches its limit. */
let nowMs = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const config = testConfig(database.url, { READS_IN_FLIGHT_MAX: '2' });
  const reads: ReturnType<typeof unwalledReads> = () => ({
    connect: () => api.pool.connect(),
    query: ((statement: { name?: string }) => {
      if (statement.name === 'read-feed-of-log') pagesRead += 1;
      return api.pool.query(statement as never);
    }) as never,
  });
  const watch = { opened: () => (waiting += 1), closed: ignore, sent: ignore, ended: ignore };
  api = createTestApi(config, {}, { reads, monotonicMs: () => nowMs, authenticate }, { watch });
  for (const walletId of ['w-1', 'w-2'])
    await accepted('/wallets', { walletId, ownerId: 'o-1', initialBalance: '100.00' });
});
afterAll(async () => {
  await api.close();
  await database.drop();
});

function ignore(): void {
  return;
}

async function accepted(path: string, body: object): Promise<void> {
  const { status, text } = await post(api, path, body);
  expect(status, text).toBeLessThan(300);
}

/** Begins to wait at the end of the log, once the others wait. */
async function waitFor(
  query: Readonly<Record<string, string>>,
): Promise<{ readonly page: Promise<unknown> }> {
  const before = waiting;
  const page = get(
    api,
    `/events?${new URLSearchParams({ after: 'latest', wait: '30', ...query }).toString()}`,
  );
  await eventually(() => waiting > before);
  return { page };
}

it('many requests that wait for one event are all answered from the memory, without a place among the reads', async () => {
  const pages: Promise<unknown>[] = [];
  for (let count = 0; count < waiters; count += 1) pages.push((await waitFor({})).page);
  const { next } = await eventPage(api, { after: 'latest' });
  const readBefore = pagesRead;
  await accepted('/wallets/w-1/credit', { amount: '1.00' });
  const answers = await Promise.all(pages);
  expect(pagesRead).toBe(readBefore);
  const found = await eventPage(api, { after: next });
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: found });
});

it('a request is answered as soon as a wanted event is committed, and others do not end the wait', async () => {
  const { page } = await waitFor({ walletId: 'w-2' });
  await accepted('/wallets/w-1/credit', { amount: '1.00' });
  await accepted('/wallets/w-2/credit', { amount: '1.00' });
  expect(await page).toMatchObject({ status: 200, body: { events: [{ id: 'w-2@2' }] } });
});

it('a request is answered with an empty page and a cursor further on if nothing wanted comes', async () => {
  const query = { types: 'wallet.closed.v1' };
  const { next } = await eventPage(api, { ...query, after: 'latest' });
  const { page } = await waitFor({ ...query, wait: '1' });
  const other = await waitFor({});
  await accepted('/wallets/w-1/credit', { amount: '1.00' });
  const end = await eventPage(api, { ...query, after: 'latest' });
  expect(end.next).not.toBe(next);
  // Both wait in the same loop, which has told of the credit by now.
  await other.page;
  nowMs += 1_000;
  expect(await page).toMatchObject({ status: 200, body: { events: [], next: end.next, hasMore: false } });
});

it('a request whose key is revoked while it waits gets no event', async () => {
  const { page } = await waitFor({});
  isRevoked = true;
  await accepted('/wallets/w-1/credit', { amount: '1.00' });
  const { status, text } = (await page) as { status: number; text: string };
  isRevoked = false;
  expect([status, text.includes('"events"')]).toEqual([401, false]);
});
