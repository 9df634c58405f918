// Keeps a process that asks nobody for a key away from every network. It is asked before the process listens,
// and again about the address that it listens on.
//
// Invariant: with ACCESS=open nothing but this machine can reach the process.
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/configError.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for an address that only this machine can reach. IPv4 written as IPv6 counts as IPv4. */
export function isLoopback(address: string): boolean {
  const [plain = ''] = address.split('%');
  const family = isIP(plain);
  return family !== 0 && loopback.check(plain, family === 6 ? 'ipv6' : 'ipv4');
}

/** Gives every address of a name. */
type LookUpAll = (name: string, options: { all: true }) => Promise<readonly { readonly address: string }[]>;

/** Throws a ConfigError if the process is open and a name or address of `host` is not loopback. */
export async function assertLoopbackIfOpen(
  { ACCESS }: Pick<Config, 'ACCESS'>,
  host: string,
  lookUpAll: LookUpAll = lookup,
): Promise<void> {
  if (ACCESS !== 'open') return;
  const found = isIP(host) === 0 ? await lookUpAll(host, { all: true }) : [{ address: host }];
  const other = found.find(({ address }) => !isLoopback(address));
  if (found.length > 0 && other === undefined) return;
  const named = other === undefined || other.address === host ? host : `${host} (${other.address})`;
  throw new ConfigError(
    `ACCESS=open asks nobody for a key, so the process may listen on loopback alone, and ${named} is not loopback. ` +
      'Set HOST and WORKER_HOST to 127.0.0.1, or ACCESS to keys',
  );
}
