import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { expect, inject, it } from 'vitest';
import {
  createWakeUps,
  subscribeToWakeUps,
  wakeUpChannel,
} from '../../../../src/projections/drain/wakeUp.ts';
import { eventually } from '../../../support/eventually.ts';
import { forwardTo, throughPort } from '../../../../harness/proxy/proxy.ts';

it('a message on the channel wakes up, also after Redis was away, and each outage is logged once', async () => {
  const prefix = `test-${randomBytes(6).toString('hex')}:`;
  const channel = wakeUpChannel({ REDIS_KEY_PREFIX: prefix });
  const redis = new Redis(inject('redisUrl'));
  const wakeUps = createWakeUps();
  const errors: Error[] = [];
  const forwarding = await forwardTo(inject('redisUrl'));
  const url = throughPort(inject('redisUrl'), forwarding.port);
  const subscription = subscribeToWakeUps({ REDIS_URL: url, REDIS_KEY_PREFIX: prefix }, wakeUps, (error) =>
    errors.push(error),
  );
  const publishWakesUp = async () => {
    await eventually(async () => (await redis.publish(channel, '')) === 1);
    const seen = wakeUps.count();
    await redis.publish(channel, '');
    await eventually(() => wakeUps.count() > seen);
  };
  await publishWakesUp();

  await forwarding.close();
  let attempts = 0;
  const outage = createServer((socket) => {
    attempts += 1;
    socket.resetAndDestroy();
  }).listen(forwarding.port, '127.0.0.1');
  await eventually(() => attempts >= 3);
  outage.close();
  await once(outage, 'close');
  const back = await forwardTo(inject('redisUrl'), forwarding.port);
  await publishWakesUp();
  expect(errors).toHaveLength(1);

  subscription.close();
  await redis.quit();
  await back.close();
});
