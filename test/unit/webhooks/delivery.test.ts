import { expect, it } from 'vitest';
import { createDeliver } from '../../../src/webhooks/delivery.ts';
import { newSecret, parseSecret } from '../../../src/webhooks/signature.ts';

const target = { url: 'https://x.test/', secrets: [parseSecret(newSecret('hmac').text)] };
const message = { id: 'evt_1', text: '{}' };

it('a request that this process stopped is no attempt, and one that fails by itself is', async () => {
  const stopping = new AbortController();
  const send = () => Promise.reject(new Error('cut off'));
  const deliver = createDeliver({ send, now: Date.now, stopped: stopping.signal });
  expect(await deliver(target, message)).toMatchObject({ outcome: 'failed', reason: 'cut off' });
  stopping.abort();
  expect(await deliver(target, message)).toBeUndefined();
});
