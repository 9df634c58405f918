// Reads networks in CIDR form and tells whether an address is in one of them. Keys are bound to networks, and
// the setting TRUSTED_PROXIES names some. Pure.
import { BlockList, isIP } from 'node:net';

/** An IP address, or a network such as 10.1.0.0/16. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
}

/** The networks as one list that can be asked. */
export function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of networks) {
    const [address = '', bits] = one.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** An IPv4 address that a socket writes as IPv6 counts as IPv4. */
export function isWithin(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** True if each address of the network `inner` is in one of `networks`. */
export function isNetworkWithin(networks: readonly string[], inner: string): boolean {
  const { address, family, bits } = partsOf(inner);
  return networks.some((one) => {
    const outer = partsOf(one);
    // A network of IPv6 holds IPv4 addresses too, so only bits of one family can be compared.
    return outer.family === family && outer.bits <= bits && isWithin(listOf([one]), address);
  });
}

function partsOf(network: string): {
  readonly address: string;
  readonly family: number;
  readonly bits: number;
} {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  return { address, family, bits: bits === undefined ? (family === 6 ? 128 : 32) : Number(bits) };
}
