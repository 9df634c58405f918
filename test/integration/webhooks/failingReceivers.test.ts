// Receivers of the fault bench that fail by chance, and drains that die at any moment. Whatever is sent
// again, every event arrives, and in the order of its wallet where that was asked.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { readFeedLog } from '../../../harness/feed/readFeedLog.ts';
import { between, randomOf } from '../../../harness/random.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { resumeEndpoint } from '../../../src/webhooks/endpointChanges.ts';
import { addSecret } from '../../../src/webhooks/endpointSecrets.ts';
import { newSecret } from '../../../src/webhooks/signature.ts';
import { judgeReceiver } from '../../faults/consumers/judge.ts';
import { type Receiver, startReceiver } from '../../faults/consumers/receiver.ts';
import { eventually } from '../../support/eventually.ts';
import { openWebhookFixture } from '../../support/webhookFixture.ts';
import { addEndpoint, boxUnder, createTestLane, secretsKey } from '../../support/webhookLane.ts';

const lives = 12;
const walletsOfLife = 4;
/** Its moods last seconds. So they pass in the time of a test. */
const clockSpeed = 40;
const pauseMs = 20;

const fixture = await openWebhookFixture();
const { pool } = fixture;

/** Ends what a test left, the last begun first. */
const closings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

/** A pool whose process may die: from then on nothing is stored or read by it. */
function mortal(): { readonly over: Pool; readonly die: () => void } {
  let isDead = false;
  const over = new Proxy(pool, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown =>
        isDead ? Promise.reject(new Error('the process died')) : Reflect.apply(member, target, given);
    },
  });
  return {
    over,
    die: () => {
      isDead = true;
    },
  };
}

/** Drains from now on. `die` ends it without a word to the store. */
function startDrain(receiver: Receiver): { readonly die: () => Promise<void> } {
  const { over, die } = mortal();
  const { lane, close } = createTestLane(over, [{ port: portOf(receiver) }]);
  const stop = new AbortController();
  const run = async () => {
    await lane.begin();
    while (!stop.signal.aborted) {
      await lane.pass();
      await lane.wait(pauseMs, stop.signal);
    }
  };
  const running = (async () => {
    // A run that fails is followed by another one.
    while (!stop.signal.aborted) await run().catch(() => pause(pauseMs));
  })();
  const drain = {
    die: async () => {
      if (stop.signal.aborted) return;
      die();
      stop.abort();
      await running;
      // Its requests under way end, and their outcome is forgotten.
      await lane.end('stop').catch(() => undefined);
      await close();
    },
  };
  closings.push(drain.die);
  return drain;
}

/**
 * Has everything tried again at once that waits. So an event may have all attempts of three days within a
 * second. The operator takes it up again, as an owner would.
 */
function startOperator(receiver: Receiver, endpointId: string): void {
  const operator = createTestLane(pool, [{ port: portOf(receiver) }]);
  const over = new AbortController();
  const nudging = (async () => {
    while (!over.signal.aborted) {
      await operator.retry(endpointId, true);
      if (await hasRows(endpointId, ['failed'])) await resumeEndpoint(pool, '', endpointId, 'parked');
      await pause(pauseMs);
    }
  })();
  closings.push(async () => {
    over.abort();
    await nudging;
    await operator.close();
  });
}

const portOf = ({ url }: Receiver) => Number(new URL(url).port);

async function hasRows(endpointId: string, states: readonly string[]): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select
       from webhook_deliveries
      where endpoint_id = $1
        and state = any($2::text[])`,
    [endpointId, states],
  );
  return rowCount !== 0;
}

/** Nothing waits, and nothing was given up. */
async function isDone(endpointId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select
       from webhook_endpoints
      where id = $1
        and position >= (select position from log_head)`,
    [endpointId],
  );
  return rowCount === 1 && !(await hasRows(endpointId, ['pending', 'failed']));
}

it.each([
  ['in order', true],
  ['without order', false],
])('a receiver %s that fails by chance has everything, whenever drains die', async (_, ordered) => {
  const random = randomOf(ordered ? 5 : 6);
  const receiver = await startReceiver('receiver', random, () => performance.now() * clockSpeed);
  closings.push(receiver.close);
  const endpointId = await addEndpoint(pool, receiver.url, { ordered });
  const { text } = newSecret('hmac');
  const sealed = {
    box: boxUnder([secretsKey]).seal(text, endpointId),
    signing: 'hmac',
    overlapHours: 0,
  } as const;
  await addSecret(pool, '', endpointId, sealed);
  receiver.know(text);
  const after = await readHead(pool);

  startOperator(receiver, endpointId);
  for (let life = 0; life < lives; life += 1) {
    const drain = startDrain(receiver);
    for (let wallet = 0; wallet < walletsOfLife; wallet += 1)
      await fixture.commit(between(random, 1, 5), 'f');
    const requests = () => Object.values(receiver.answers).reduce((sum, count) => sum + count, 0);
    const enough = requests() + between(random, 2, 20);
    await eventually(async () => requests() >= enough || (await isDone(endpointId)));
    await drain.die();
  }
  receiver.beWell();
  const last = startDrain(receiver);
  await eventually(() => isDone(endpointId), 60_000);
  await last.die();

  const judged = judgeReceiver(receiver, await readFeedLog(pool, after), ordered, new Map());
  expect(judged).toMatchObject({ missing: 0, early: 0, findings: [] });
  expect(judged.events).toBeGreaterThan(lives * walletsOfLife);
  // It did fail, and something did arrive again.
  expect(receiver.answers.failure).toBeGreaterThan(0);
  expect(judged.repeated).toBeGreaterThan(0);
});
