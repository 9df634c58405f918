// Sends to names and addresses that must not be reached. The receiver on this machine counts connections, so
// that a refusal is one before any byte was sent.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sendWebhook } from '../../../src/webhooks/send.ts';
import { createResolve, type WebhookAgent } from '../../../src/webhooks/webhookAgent.ts';
import { startDnsServer } from '../../support/dnsServer.ts';
import {
  type Receiver,
  startReceiver,
  testAgent,
  type TestAgentOptions,
} from '../../support/webhookReceiver.ts';

const body = Buffer.from('{}');
const publicAddress = '93.184.216.34';
/** A network of our own that is not the one of the receiver. */
const elsewhere = '10.9.9.9';

let secure: Receiver;
let plain: Receiver;
const toClose: { readonly close: () => Promise<void> }[] = [];
beforeEach(async () => {
  secure = await startReceiver((response) => response.end());
  plain = await startReceiver((response) => response.end(), { isPlain: true });
  toClose.push(secure, plain);
});
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((one) => one.close()));
});

function agentWith(options: Partial<TestAgentOptions>): WebhookAgent {
  const agent = testAgent({ ports: [secure.port, plain.port], ...options });
  toClose.push(agent);
  return agent;
}

async function reasonOfSending(agent: WebhookAgent, url: string): Promise<string> {
  const { outcome, reason } = await sendWebhook(agent, { url, headers: {}, body });
  return outcome === 'delivered' ? outcome : reason;
}

const connections = () => secure.connections().all + plain.connections().all;

describe('a name that is pointed at this machine later (DNS rebinding)', () => {
  it('is refused, although it had a public address when it was asked for before', async () => {
    const answers = [[publicAddress], ['127.0.0.1']];
    const resolve = () => Promise.resolve(answers.shift() ?? []);
    const agent = agentWith({ resolve, networks: elsewhere });
    const [before = ''] = await resolve();
    expect(agent.guard.isAddressAllowed(before, 'https:')).toBe(true);
    expect(await reasonOfSending(agent, `https://receiver.test:${secure.port}/`)).toBe('addressNotAllowed');
    expect(connections()).toBe(0);
  });

  it('is asked for once a connection, so the judged addresses are those that are connected to', async () => {
    let questions = 0;
    const resolve = () => Promise.resolve((questions += 1) === 1 ? ['127.0.0.1'] : ['127.0.0.2']);
    const agent = agentWith({ resolve, networks: '127.0.0.1' });
    expect(await reasonOfSending(agent, `https://receiver.test:${secure.port}/`)).toBe('delivered');
    expect(questions).toBe(1);
    const other = `https://other.test:${secure.port}/`;
    expect(await reasonOfSending(agent, other)).toBe('addressNotAllowed');
    expect(questions).toBe(2);
    expect(connections()).toBe(1);
  });

  it('is refused on the answers of a real DNS server', async () => {
    const answers = [[publicAddress], ['127.0.0.1']];
    const dns = await startDnsServer((name) => ({ a: name === 'receiver.test' ? (answers[0] ?? []) : [] }));
    toClose.push(dns);
    const resolve = createResolve([dns.server]);
    const agent = agentWith({ resolve, networks: elsewhere });
    expect(await resolve('receiver.test')).toEqual([publicAddress]);
    answers.shift();
    expect(await reasonOfSending(agent, `https://receiver.test:${secure.port}/`)).toBe('addressNotAllowed');
    expect(connections()).toBe(0);
  });
});

describe('a name is refused', () => {
  it.each([
    ['of loopback', ['127.0.0.1']],
    ['of loopback in IPv6', ['::1']],
    ['of a metadata server', ['169.254.169.254']],
    ['of a private network', ['10.0.0.1']],
    ['of this machine as 0.0.0.0', ['0.0.0.0']],
    ['of an IPv4-mapped address', ['::ffff:127.0.0.1']],
    ['of an IPv4-compatible address', ['::127.0.0.1']],
    ['of a NAT64 address', ['64:ff9b::7f00:1']],
    ['of a local NAT64 address', ['64:ff9b:1::7f00:1']],
    ['of a 6to4 address', ['2002:7f00:1::']],
    ['of a Teredo address', ['2001:0:7f00:1::']],
    ['of a public address and then loopback', [publicAddress, '127.0.0.1']],
    ['of loopback and then a public address', ['127.0.0.1', publicAddress]],
  ])('%s', async (_, addresses) => {
    const agent = agentWith({ resolve: () => Promise.resolve(addresses), networks: elsewhere });
    for (const [protocol, { port }] of [['https', secure] as const, ['http', plain] as const])
      expect(await reasonOfSending(agent, `${protocol}://receiver.test:${port}/`)).toBe('addressNotAllowed');
    expect(connections()).toBe(0);
  });

  it('over plain http if its address is a public one', async () => {
    const agent = agentWith({ resolve: () => Promise.resolve([publicAddress]) });
    expect(await reasonOfSending(agent, `http://receiver.test:${plain.port}/`)).toBe('addressNotAllowed');
  });

  it('that has no address', async () => {
    const dns = await startDnsServer(() => ({}));
    toClose.push(dns);
    for (const resolve of [() => Promise.resolve([]), createResolve([dns.server])])
      expect(await reasonOfSending(agentWith({ resolve }), `https://receiver.test:${secure.port}/`)).toBe(
        'nameNotResolved',
      );
  });

  it('whose DNS server never answers', async () => {
    const agent = agentWith({ resolve: () => new Promise(() => undefined), connectTimeoutMs: 200 });
    expect(await reasonOfSending(agent, `https://receiver.test:${secure.port}/`)).toBe('connectTimeout');
  });
});

it.each([
  '127.0.0.1',
  '2130706433',
  '0177.0.0.1',
  '0x7f000001',
  '127.1',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[64:ff9b::7f00:1]',
])('a host that is the address %s is refused, by its URL and again by its connection', async (host) => {
  const agent = agentWith({ networks: elsewhere });
  // Stands for a fault in the judgement of URLs.
  const blind = {
    ...agent,
    guard: { ...agent.guard, checkUrl: (text: string) => ({ ok: true, url: new URL(text) }) as const },
  };
  for (const url of [`https://${host}:${secure.port}/`, `http://${host}:${plain.port}/`]) {
    expect(await reasonOfSending(agent, url)).toBe('urlNotAllowed');
    expect(await reasonOfSending(blind, url)).toBe('addressNotAllowed');
  }
  expect(connections()).toBe(0);
});

it('a URL that the settings of today refuse is not sent to', async () => {
  const agent = testAgent({ ports: [443] });
  toClose.push(agent);
  expect(await reasonOfSending(agent, `https://receiver.test:${secure.port}/`)).toBe('urlNotAllowed');
  expect(connections()).toBe(0);
});

it('a name has the addresses of IPv4 and of IPv6, as DNS gives them', async () => {
  const six = Buffer.from('26064700000000000000000000001111', 'hex');
  const dns = await startDnsServer((name) =>
    name === 'both.test' ? { a: ['192.0.2.7', '192.0.2.8'], aaaa: [six] } : { aaaa: [six] },
  );
  toClose.push(dns);
  const resolve = createResolve([dns.server]);
  expect((await resolve('both.test')).toSorted()).toEqual(['192.0.2.7', '192.0.2.8', '2606:4700::1111']);
  expect(await resolve('six.test')).toEqual(['2606:4700::1111']);
});
