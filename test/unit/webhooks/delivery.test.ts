import { expect, it } from 'vitest';
import { createWebhookMetrics } from '../../../src/telemetry/webhookMetrics.ts';
import { createDeliver, type DeliverDeps } from '../../../src/webhooks/delivery.ts';
import { requestsPerHostMax } from '../../../src/webhooks/endpoint.ts';
import { newSecret, parseSecret } from '../../../src/webhooks/signature.ts';
import { createSendTurns } from '../../../src/webhooks/turns.ts';
import { eventually } from '../../support/eventually.ts';

const secrets = [parseSecret(newSecret('hmac').text)];
const to = (url: string) => ({ tenant: '', url, secrets });
const message = { id: 'evt_1', text: '{}' };
const delivered = { outcome: 'delivered', status: 200, reason: 'status', ms: 1 } as const;
const started = (more: Pick<DeliverDeps, 'send'> & Partial<DeliverDeps>) =>
  createDeliver({
    ...{ inTurn: createSendTurns(64), metrics: createWebhookMetrics([]) },
    ...{ now: Date.now, monotonicMs: () => performance.now() },
    onError: () => undefined,
    ...more,
  });

/** A receiver that answers when it is told to. */
function createReceiver() {
  const answers: (() => void)[] = [];
  const urls: string[] = [];
  const send: DeliverDeps['send'] = ({ url }) => {
    urls.push(url);
    return new Promise((resolve) =>
      answers.push(() => {
        resolve(delivered);
      }),
    );
  };
  return { send, urls, answer: () => answers.shift()?.() };
}

it('a request that this process stopped is no attempt, and one that fails by itself is', async () => {
  const stopping = new AbortController();
  const send = () => Promise.reject(new Error('cut off'));
  const errors: unknown[] = [];
  const deliver = started({ send, stopped: stopping.signal, onError: (error) => errors.push(error) });
  const current = () => to('https://x.test/');
  // The owner of the endpoint is not shown what went wrong in this service.
  expect(await deliver(current, message)).toMatchObject({ outcome: 'failed', reason: 'serviceError' });
  expect(errors).toEqual([new Error('cut off')]);
  stopping.abort();
  expect(await deliver(current, message)).toBeUndefined();
  expect(errors).toHaveLength(1);
});

it('a process has ten requests to one host under way, whoever sends them', async () => {
  const { send, urls, answer } = createReceiver();
  const deliver = started({ send });
  const sent = Array.from({ length: requestsPerHostMax + 1 }, (_, index) =>
    deliver(() => to(`https://x.test/${index}`), message),
  );
  const beside = deliver(() => to('https://y.test/'), message);
  expect(urls).toEqual([
    ...Array.from({ length: requestsPerHostMax }, (_, index) => `https://x.test/${index}`),
    'https://y.test/',
  ]);
  answer();
  await sent[0];
  expect(urls.at(-1)).toBe(`https://x.test/${requestsPerHostMax}`);
  while (urls.length > 0) {
    urls.pop();
    answer();
  }
  await Promise.all([...sent, beside]);
});

it('a request that is not wanted any more at its turn is not sent', async () => {
  const { send, urls, answer } = createReceiver();
  const deliver = started({ send, inTurn: createSendTurns(1) });
  const first = deliver(() => to('https://x.test/1'), message);
  let isWanted = true;
  const second = deliver(() => (isWanted ? to('https://x.test/2') : undefined), message);
  isWanted = false;
  answer();
  await first;
  expect(await second).toBeUndefined();
  expect(urls).toEqual(['https://x.test/1']);
});

it('a request whose URL was changed while it waited takes a turn of the new host', async () => {
  const { send, urls, answer } = createReceiver();
  const hosts: string[] = [];
  const turns = createSendTurns(1);
  const inTurn: DeliverDeps['inTurn'] = (sender, work) => {
    hosts.push(new URL(sender.url).host);
    return turns(sender, work);
  };
  const deliver = started({ send, inTurn });
  const first = deliver(() => to('https://x.test/1'), message);
  let url = 'https://x.test/2';
  const second = deliver(() => to(url), message);
  url = 'https://y.test/2';
  answer();
  await first;
  await eventually(() => urls.length === 2);
  expect(urls).toEqual(['https://x.test/1', 'https://y.test/2']);
  expect(hosts).toEqual(['x.test', 'x.test', 'y.test']);
  answer();
  await second;
});
