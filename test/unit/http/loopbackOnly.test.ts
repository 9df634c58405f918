// With ACCESS=open a process listens on loopback alone, whatever way HOST names the address.
import { expect, it } from 'vitest';
import { ConfigError } from '../../../src/config/configError.ts';
import { assertLoopbackIfOpen, isLoopback } from '../../../src/http/loopbackOnly.ts';

/** What names resolve to. Addresses are never looked up. */
const names: Record<string, readonly string[]> = {
  localhost: ['127.0.0.1', '::1'],
  'wallet.example': ['192.0.2.7'],
  'half.example': ['127.0.0.1', '192.0.2.7'],
  'empty.example': [],
};
const assertOpen = (host: string) =>
  assertLoopbackIfOpen({ ACCESS: 'open' }, host, (name) =>
    Promise.resolve((names[name] ?? []).map((address) => ({ address }))),
  );

it.each(['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1', 'localhost'])(
  'an open process may listen on %s',
  async (host) => {
    await expect(assertOpen(host)).resolves.toBeUndefined();
  },
);

it.each([
  ...['0.0.0.0', '::', '192.0.2.7', '10.0.0.1', '::ffff:192.0.2.7', '::ffff:0.0.0.0', '2001:db8::1'],
  ...['fe80::1%eth0', '128.0.0.1', 'wallet.example', 'half.example', 'empty.example', ''],
])('an open process may not listen on "%s"', async (host) => {
  await expect(assertOpen(host)).rejects.toThrow(ConfigError);
});

it('names the address that a name leads to', async () => {
  await expect(assertOpen('half.example')).rejects.toThrow('half.example (192.0.2.7) is not loopback');
});

it('a process that asks for keys may listen anywhere', async () => {
  const nobodyAsks = () => Promise.reject(new Error('a name was looked up'));
  for (const host of ['0.0.0.0', 'wallet.example'])
    await expect(assertLoopbackIfOpen({ ACCESS: 'keys' }, host, nobodyAsks)).resolves.toBeUndefined();
});

it('a name is no loopback address, even one that looks so', () => {
  expect(['localhost', '127.1', '127.0.0.1.example', ''].map(isLoopback)).toEqual(Array(4).fill(false));
});
