// Tells which address a request comes from. It is the peer of the connection, unless that peer is a proxy of
// TRUSTED_PROXIES. Then it is the last address of X-Forwarded-For that is no trusted proxy.
//
// Invariant: nothing that a caller writes counts, unless a trusted proxy wrote the next entry after it.
import { isIP } from 'node:net';
import { isWithin, listOf } from '../../networks.ts';
import type { AppContext } from '../context.ts';
import { incomingOf } from './undeclared.ts';

export type AddressOf = (c: AppContext) => string;

/** Entries of X-Forwarded-For that are looked at. More proxies than that stand before nobody. */
const proxiesMax = 16;
/** For a request without a socket, which only tests make. */
const noAddress = 'unknown';

export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  const trusted = listOf(trustedProxies);
  return (c) => {
    const peer = plainAddress(incomingOf(c)?.socket.remoteAddress ?? noAddress);
    if (trustedProxies.length === 0 || !isWithin(trusted, peer)) return peer;
    const hops = (c.req.header('x-forwarded-for') ?? '').split(',').slice(-proxiesMax).reverse();
    let nearest = peer;
    for (const hop of hops) {
      const address = plainAddress(hop.trim());
      if (isIP(address) === 0) return nearest;
      if (!isWithin(trusted, address)) return address;
      nearest = address;
    }
    return nearest;
  };
}

/** 192.0.2.1 for ::ffff:192.0.2.1, which is how a socket of both families names it. */
function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice('::ffff:'.length) : address;
}
