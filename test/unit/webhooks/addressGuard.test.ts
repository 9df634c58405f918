import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { createAddressGuard } from '../../../src/webhooks/addressGuard.ts';

const guardWith = (environment: Readonly<Record<string, string>> = {}) =>
  createAddressGuard(readConfig(environment));
const guard = guardWith();

/** The problem, or the URL as it would be stored. */
function verdictOn(url: string, environment?: Readonly<Record<string, string>>): string {
  const verdict = guardWith(environment).checkUrl(url);
  return verdict.ok ? verdict.url.href : verdict.problem;
}

/** First and last address of each block, and one inside. */
const notPublic = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  'private networks': [
    ...['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  ],
  'carrier-grade NAT': ['100.64.0.0', '100.127.255.255'],
  loopback: ['127.0.0.1', '127.255.255.255'],
  'link-local addresses': [
    '169.254.0.0',
    '169.254.255.255',
    'fe80::',
    'fe80::1',
    'febf::1',
    'fe80::1%eth0',
    '2606:4700::1111%eth0',
  ],
  'protocol assignments': ['192.0.0.0', '192.0.0.255', '2001:2::1', '2001:10::1', '2001:1ff::1'],
  documentation: [
    ...['192.0.2.1', '198.51.100.1', '203.0.113.255', '2001:db8::1', '2001:db8:ffff::1', '3fff::1'],
  ],
  benchmarks: ['198.18.0.0', '198.19.255.255'],
  multicast: ['224.0.0.0', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  'the reserved end of IPv4': ['240.0.0.0', '255.255.255.255'],
  'relays to IPv6': ['192.88.99.1', '192.52.193.1'],
  'unique local addresses': ['fc00::', 'fd00::1', 'fdff:ffff::1'],
  'the unspecified address': ['::'],
  'loopback of IPv6': ['::1'],
  'IPv4-mapped addresses': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1'],
  'IPv4-compatible addresses': ['::127.0.0.1', '::7f00:1', '::8.8.8.8'],
  NAT64: ['64:ff9b::127.0.0.1', '64:ff9b::8.8.8.8', '64:ff9b:1::1', '64:ff9b:1:ffff::1'],
  '6to4': ['2002::', '2002:7f00:1::1', '2002:808:808::1'],
  Teredo: ['2001::', '2001:0:53aa::1'],
  'the given back 6bone': ['3ffe::1'],
  'addresses that were never handed out': ['5f00::1', '4000::1', '100::1', 'fec0::1'],
  'metadata servers of clouds': [
    ...[
      '169.254.169.254',
      '100.100.100.200',
      '192.0.0.192',
      '168.63.129.16',
      'fd00:ec2::254',
      'fd20:ce::254',
    ],
  ],
  'texts that are no address': ['', 'example.com', '127.1', '0177.0.0.1', '2130706433', '[::1]'],
} as const;

describe('an address is not connected to', () => {
  it.each(Object.entries(notPublic))('if it is one of %s', (_, addresses) => {
    for (const address of addresses)
      for (const protocol of ['https:', 'http:'])
        expect(guard.isAddressAllowed(address, protocol), `${protocol} ${address}`).toBe(false);
  });

  it('over plain http, although it is public', () => {
    expect(guard.isAddressAllowed('93.184.216.34', 'http:')).toBe(false);
  });
});

it('the neighbours of those blocks are public', () => {
  for (const address of [
    ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...['128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0'],
    ...['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
    ...['168.63.129.15', '168.63.129.17'],
    ...['2000::1', '2001:200::1', '2001:db7::1', '2001:db9::1', '2003::1', '2606:4700::1111', '3ffd::1'],
    ...['3fff:1000::1'],
  ])
    expect(guard.isAddressAllowed(address, 'https:'), address).toBe(true);
});

describe('WEBHOOK_ALLOWED_NETWORKS', () => {
  it('opens its networks for https and http, and no other one', () => {
    const allowing = guardWith({ WEBHOOK_ALLOWED_NETWORKS: '10.1.0.0/16, fd00:1::/32' });
    const asked = ['10.1.2.3', 'fd00:1::7', '10.2.0.1', 'fd00:2::7', '127.0.0.1', '::1'];
    for (const protocol of ['https:', 'http:'])
      expect(asked.filter((address) => allowing.isAddressAllowed(address, protocol))).toEqual([
        '10.1.2.3',
        'fd00:1::7',
      ]);
  });

  it('of IPv6 opens nothing of IPv4, and of IPv4 none that is written as IPv6', () => {
    const six = guardWith({ WEBHOOK_ALLOWED_NETWORKS: '::/0' });
    expect(['127.0.0.1', '::1'].map((address) => six.isAddressAllowed(address, 'http:'))).toEqual([
      false,
      true,
    ]);
    const four = guardWith({ WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
    expect(
      ['127.0.0.1', '::ffff:127.0.0.1'].map((address) => four.isAddressAllowed(address, 'http:')),
    ).toEqual([true, false]);
  });
});

describe('a URL is refused', () => {
  it.each([
    ['that is none', 'example.com/hook', 'notAUrl'],
    ['that is relative', '/hook', 'notAUrl'],
    ['that is too long', `https://example.com/${'a'.repeat(2_048)}`, 'tooLong'],
    ['that gets too long by its escapes', `https://example.com/${'ü'.repeat(700)}`, 'tooLong'],
    ['over plain http', 'http://example.com/hook', 'scheme'],
    ['of another scheme', 'ftp://example.com/hook', 'scheme'],
    ['of a file', 'file:///etc/passwd', 'scheme'],
    ['with a user name', 'https://user@example.com/', 'userInfo'],
    ['with a password', 'https://:secret@example.com/', 'userInfo'],
    ['that hides its host behind a user name', 'https://example.com@evil.example/', 'userInfo'],
    ['with a fragment', 'https://example.com/#part', 'fragment'],
    ['with an empty fragment', 'https://example.com/#', 'fragment'],
    ['with the port of SSH', 'https://example.com:22/', 'port'],
    ['with the port of http', 'https://example.com:80/', 'port'],
    ['of this machine', 'https://localhost/', 'ownHost'],
    ['of this machine with a dot', 'https://localhost./', 'ownHost'],
    ['below localhost', 'https://api.localhost/', 'ownHost'],
    ['of an address in decimal', 'https://2130706433/', 'address'],
    ['of an address in octal', 'https://0177.0.0.01/', 'address'],
    ['of an address in hexadecimal', 'https://0x7f.0x1/', 'address'],
    ['of a short address', 'https://127.1/', 'address'],
    ['of an address with a dot', 'https://169.254.169.254./latest/meta-data/', 'address'],
    ['of an address in full-width digits', 'https://１２７.０.０.１/', 'address'],
    ['of an address with circled digits', 'https://①②⑦.⓪.⓪.①/', 'address'],
    ['of an IPv4-mapped address', 'https://[::ffff:169.254.169.254]/', 'address'],
    ['of a NAT64 address', 'https://[64:ff9b::a9fe:a9fe]/', 'address'],
    ['of loopback in IPv6', 'https://[0:0:0:0:0:0:0:1]/', 'address'],
  ])('%s', (_, url, problem) => {
    expect(verdictOn(url)).toBe(problem);
  });
});

describe('a URL is taken', () => {
  it.each([
    ['with its standard port', 'https://example.com:443/hook?a=b', 'https://example.com/hook?a=b'],
    ['with the second port', 'https://EXAMPLE.com:8443', 'https://example.com:8443/'],
    ['of a public address', 'https://93.184.216.34/hook', 'https://93.184.216.34/hook'],
    ['of a public address of IPv6', 'https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['of a name in another script', 'https://bücher.example/', 'https://xn--bcher-kva.example/'],
  ])('%s, and stored normalized', (_, url, stored) => {
    expect(verdictOn(url)).toBe(stored);
  });

  it('with another port if WEBHOOK_PORTS names it, and then not with the default ones', () => {
    const environment = { WEBHOOK_PORTS: '443, 9443' };
    expect(verdictOn('https://example.com:9443/', environment)).toBe('https://example.com:9443/');
    expect(verdictOn('https://example.com:8443/', environment)).toBe('port');
  });

  it('of an allowed network, with any port and over plain http', () => {
    const environment = { WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };
    expect(verdictOn('http://127.0.0.1:4000/hook', environment)).toBe('http://127.0.0.1:4000/hook');
    expect(verdictOn('http://10.0.0.1:4000/hook', environment)).toBe('scheme');
    expect(verdictOn('https://10.0.0.1/hook', environment)).toBe('address');
    // Only the connection tells where a name leads.
    expect(verdictOn('http://receiver:443/hook', environment)).toBe('http://receiver:443/hook');
    expect(verdictOn('http://receiver/hook', environment)).toBe('port');
  });
});

describe('a URL that leads back to this service is refused', () => {
  const environment = {
    ...{ ALLOWED_HOSTS: 'Wallet.example.com,.internal.example', HOST: '10.1.1.1', PORT: '443' },
    ...{ WEBHOOK_ALLOWED_NETWORKS: '10.0.0.0/8,127.0.0.0/8,::1', WORKER_PORT: '8443' },
  };

  it.each([
    ['by a served name', 'https://wallet.example.com/wallets'],
    ['by a served name in capitals', 'https://WALLET.EXAMPLE.COM/'],
    ['by a served name with a dot', 'https://wallet.example.com./'],
    ['by a name below a served one', 'https://a.internal.example/'],
    ['by its address and port', 'https://10.1.1.1/'],
    ["by its address and the worker's port", 'https://10.1.1.1:8443/'],
    ['by loopback and its port', 'http://127.0.0.2:443/'],
    ['by loopback of IPv6 and its port', 'http://[::1]:443/'],
  ])('%s', (_, url) => {
    expect(verdictOn(url, environment)).toBe('ownHost');
  });

  it('and no other one', () => {
    for (const url of ['https://xwallet.example.com/', 'https://internal.example/', 'http://127.0.0.2:4000/'])
      expect(verdictOn(url, environment)).toBe(url);
    expect(verdictOn('https://example.com/', { ALLOWED_HOSTS: '*' })).toBe('https://example.com/');
  });
});

it('a refusal says in words what is wrong', () => {
  const verdict = guard.checkUrl('https://169.254.169.254/');
  expect(verdict).toEqual({
    ok: false,
    problem: 'address',
    detail: expect.stringContaining('not public') as string,
  });
});
