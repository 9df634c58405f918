// Two API processes on one log: an event that one of them commits ends a wait at the other. Redis carries the
// message, and without it the other one finds the event a little later.
import type { Pool } from 'pg';
import { afterEach, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { createPool } from '../../src/eventStore/database.ts';
import {
  createWakeUpPublisher,
  createWakeUps,
  wakeUpChannel,
  type WakeUps,
} from '../../src/projections/drain/wakeUp.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { wireFeed } from '../../server/wireFeed.ts';
import { createTestApi, post, type TestApi, testConfig } from '../support/api.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventPage } from '../support/eventReader.ts';
import { eventually } from '../support/eventually.ts';

const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

/** An API that publishes what it commits, as a process of a deployment does. */
function startPublisher(config: Config): TestApi {
  const publish = { now: (): void => undefined };
  const api = createTestApi(config, {
    onAppended: () => {
      publish.now();
    },
  });
  publish.now = createWakeUpPublisher(api.redis, wakeUpChannel(config), () => undefined);
  closings.push(api.close);
  return api;
}

/** An API with the feed of a process of a deployment, which hears of commits as `commits` says. */
function startReader(config: Config, pool: Pool, commits: WakeUps): TestApi {
  const ignore = (): void => undefined;
  const feed = { failed: ignore, worked: ignore, passed: ignore };
  const watch = { opened: ignore, closed: ignore, sent: ignore, ended: ignore };
  const wired = wireFeed(
    {
      ...{ config, log: createLog('silent', 'server'), stores: { readPool: pool }, commits },
      watch: { metrics: { feed: { ...feed, ...watch } } } as never,
    },
    () => ({ secret: Buffer.alloc(32), shownSince: null }),
  );
  const api = createTestApi(config, {}, {}, wired.feed);
  closings.push(api.close);
  return api;
}

async function createDatabase() {
  const database = await createTestDatabase();
  closings.push(database.drop);
  const config = testConfig(database.url);
  const pool = createPool(config, 'wallet-feed-test', () => undefined);
  closings.push(() => pool.end());
  return { config, pool };
}

/** Begins to wait at the end of the log, and commits an event elsewhere once `isListening`. */
async function waitAndCommit(
  reader: TestApi,
  publisher: TestApi,
  isListening: () => Promise<boolean>,
): Promise<readonly string[]> {
  const { next } = await eventPage(reader, { after: 'latest' });
  const page = eventPage(reader, { after: next, wait: '30' });
  await eventually(isListening);
  const { status, text } = await post(publisher, '/wallets', { walletId: 'w-1', ownerId: 'o' });
  expect(status, text).toBe(201);
  return (await page).events.map(({ subject }) => subject);
}

it('a wait ends at a message about the commit of another process', async () => {
  const { config, pool } = await createDatabase();
  const publisher = startPublisher(config);
  // Nothing but a message ends a wait of this loop.
  const heard = createWakeUps();
  const commits: WakeUps = {
    ...heard,
    waitBeyond: (seen, _waitMaxMs, stop) => heard.waitBeyond(seen, 2 ** 31 - 1, stop),
  };
  const reader = startReader(config, pool, commits);
  const isListening = async () => {
    const [, count] = (await publisher.redis.pubsub('NUMSUB', wakeUpChannel(config))) as [string, number];
    return count === 1;
  };
  expect(await waitAndCommit(reader, publisher, isListening)).toEqual(['w-1']);
});

it('without Redis a wait ends too, because the loop polls', async () => {
  const { config, pool } = await createDatabase();
  const publisher = startPublisher(config);
  const away = { ...config, REDIS_URL: 'redis://127.0.0.1:1' };
  const reader = startReader(away, pool, createWakeUps());
  expect(await waitAndCommit(reader, publisher, () => Promise.resolve(true))).toEqual(['w-1']);
});
