import { expect, it } from 'vitest';
import { Hono } from 'hono';
import type { Environment } from '../../../../src/api/context.ts';
import { authenticateBy } from '../../../../src/api/http/authentication.ts';
import { type AddressOf, createAddressOf } from '../../../../src/api/http/clientAddress.ts';
import { readConfig } from '../../../../src/config/config.ts';
import { isNetwork } from '../../../../src/networks.ts';

async function addressOf(
  trusted: readonly string[],
  peer: string,
  forwarded?: string,
  seen: (of: AddressOf) => AddressOf = (of) => of,
): Promise<string> {
  const of = seen(createAddressOf(trusted));
  const app = new Hono<Environment>().get('/', (c) => c.text(of(c)));
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const answer = await app.request('/', { headers }, { incoming: { socket: { remoteAddress: peer } } });
  return answer.text();
}

it.each(['10.0.0.0/33', '::/129', '10.1.0.0/-1', '10.1.0.0/16/1', 'fe80::1%eth0', 'proxy'])(
  'no key and no setting takes "%s" as a network',
  (text) => {
    expect(isNetwork(text)).toBe(false);
    expect(() => readConfig({ TRUSTED_PROXIES: text })).toThrow('TRUSTED_PROXIES must be');
  },
);

it.each([
  ['nobody is trusted', [], '192.0.2.1', '198.51.100.7', '192.0.2.1'],
  ['the peer is no trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '198.51.100.7', '192.0.2.1'],
  ['a trusted proxy names the caller', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.7', '198.51.100.7'],
  [
    'the caller wrote entries before it',
    ['10.0.0.0/8'],
    '10.1.2.3',
    '127.0.0.1, 198.51.100.7',
    '198.51.100.7',
  ],
  ['two trusted proxies', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.7, 10.9.9.9', '198.51.100.7'],
  ['the caller is inside', ['10.0.0.0/8'], '10.1.2.3', '10.9.9.9', '10.9.9.9'],
  ['an entry is no address', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.7, unknown', '10.1.2.3'],
  ['the header is missing', ['10.0.0.0/8'], '10.1.2.3', undefined, '10.1.2.3'],
  ['the socket takes both families', ['10.0.0.1'], '::ffff:10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
  ['the proxy has an IPv6 address', ['2001:db8::/32'], '2001:db8::1', '2001:db9::7', '2001:db9::7'],
  ['the header is endless', ['10.0.0.0/8'], '10.1.2.3', '10.2.2.2,'.repeat(5_000) + '10.2.2.2', '10.2.2.2'],
])('%s', async (_, trusted, peer, forwarded, expected) => {
  expect(await addressOf(trusted, peer, forwarded)).toBe(expected);
});

it('a key that is bound to addresses is asked about the caller, not about a trusted proxy', async () => {
  const heard: string[] = [];
  const hear = (_: unknown, address: string) => {
    heard.push(address);
    return undefined;
  };
  const byKey =
    (of: AddressOf): AddressOf =>
    (c) => {
      void authenticateBy(hear, of)(c);
      return '';
    };
  await addressOf(['10.0.0.0/8'], '10.1.2.3', '198.51.100.7', byKey);
  await addressOf([], '::ffff:10.1.2.3', '198.51.100.7', byKey);
  expect(heard).toEqual(['198.51.100.7', '10.1.2.3']);
});
