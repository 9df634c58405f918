// Tells whether an IP address is one of the public Internet. Pure. The lists follow the registries of special
// addresses at IANA, and name the metadata servers of clouds that have addresses elsewhere.
import { isIP } from 'node:net';
import { isWithin, listOf } from '../networks.ts';

const notPublicIpv4 = listOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  // Carrier-grade NAT. Alibaba's metadata server is in it.
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Link-local. The metadata servers of most clouds are in it.
  '169.254.0.0/16',
  '172.16.0.0/12',
  // Protocol assignments. Oracle's metadata server is in it.
  '192.0.0.0/24',
  // Documentation.
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  // Relays to IPv6 (6to4) and multicast (AMT).
  '192.88.99.0/24',
  '192.52.193.0/24',
  '192.168.0.0/16',
  // Benchmarks.
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's metadata server, which has a public address.
  '168.63.129.16/32',
]);

/**
 * Only this block is handed out. Outside of it are ::, ::1, IPv4-mapped and IPv4-compatible addresses, NAT64
 * (64:ff9b::/96 and 64:ff9b:1::/48), fc00::/7, fe80::/10 and multicast. A block of tomorrow is outside too.
 */
const unicastIpv6 = listOf(['2000::/3']);

const notPublicIpv6 = listOf([
  // Protocol assignments, with Teredo (2001::/32), benchmarks and ORCHID.
  '2001::/23',
  // Documentation.
  '2001:db8::/32',
  '3fff::/20',
  // 6to4: the address of IPv4 behind it may be a private one.
  '2002::/16',
  // 6bone, given back.
  '3ffe::/16',
]);

export function isPublicAddress(address: string): boolean {
  // With a zone, such as fe80::1%eth0, an address is one of a link.
  if (address.includes('%')) return false;
  const family = isIP(address);
  if (family === 4) return !isWithin(notPublicIpv4, address);
  return family === 6 && isWithin(unicastIpv6, address) && !isWithin(notPublicIpv6, address);
}
