// Makes the connections to receivers of webhooks. A name is resolved once for each connection, its addresses
// are judged, and the connection goes to those very addresses. The name in TLS stays that of the URL.
//
// Invariant: every connection passes the guard. undici resolves no host that is an address, so that one is
// judged before. A process ends the agent with `close`.
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import type { AddressGuard } from './addressGuard.ts';
import { requestsPerHostMax } from './endpoint.ts';

/** The addresses of a name. Rejects if there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface WebhookAgent {
  readonly dispatcher: Agent;
  readonly guard: AddressGuard;
  /** Ends every connection at once. Deliveries under way are rejected. */
  readonly close: () => Promise<void>;
}

export interface AgentOptions {
  readonly guard: AddressGuard;
  readonly resolve?: Resolve;
  /** From the start of a connection to the end of its TLS handshake. */
  readonly connectTimeoutMs?: number;
  /** Open connections to one host and port. Further deliveries wait for one of them. */
  readonly connectionsPerHostMax?: number;
  /** PEM of the authorities that are trusted. Those of Node.js by default. */
  readonly trusted?: string;
}

class AddressNotAllowedError extends Error {
  override readonly name = 'AddressNotAllowedError';
  readonly code = 'WEBHOOK_ADDRESS';
}

class NameNotResolvedError extends Error {
  override readonly name = 'NameNotResolvedError';
  readonly code = 'WEBHOOK_NAME';
}

const connectTimeoutDefaultMs = 10_000;
/** Receivers close idle connections after 5 s or more. A request on a connection that ends is lost. */
const keepAliveMs = 4_000;
/** A receiver may ask for no longer time than this by its `Keep-Alive` header. */
const keepAliveMaxMs = 60_000;

export function createWebhookAgent({
  guard,
  resolve = createResolve(),
  connectTimeoutMs = connectTimeoutDefaultMs,
  connectionsPerHostMax = requestsPerHostMax,
  trusted,
}: AgentOptions): WebhookAgent {
  const connectorOf = (protocol: string) =>
    buildConnector({
      timeout: connectTimeoutMs,
      lookup: guardedLookup(guard, resolve, protocol),
      ...(trusted === undefined ? {} : { ca: trusted }),
    });
  const [secure, plain] = [connectorOf('https:'), connectorOf('http:')];
  const dispatcher = new Agent({
    connections: connectionsPerHostMax,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMaxMs,
    connect(options, callback) {
      const { hostname, protocol } = options;
      if (isIP(hostname) !== 0 && !guard.isAddressAllowed(hostname, protocol))
        callback(new AddressNotAllowedError(`webhooks may not be sent to ${hostname}`), null);
      else (protocol === 'https:' ? secure : plain)(options, callback);
    },
  });
  return { dispatcher, guard, close: () => dispatcher.destroy() };
}

/**
 * Refuses a name if one of its addresses is not allowed, and does not just leave that one out. Otherwise the
 * outcome would depend on which address is reached first, and a trap would look like a receiver that works.
 */
function guardedLookup(guard: AddressGuard, resolve: Resolve, protocol: string): LookupFunction {
  return (hostname, { all }, callback) => {
    void (async () => {
      try {
        const addresses = await resolve(hostname);
        const refused = addresses.find((address) => !guard.isAddressAllowed(address, protocol));
        if (refused !== undefined)
          throw new AddressNotAllowedError(`webhooks may not be sent to ${hostname}, which is ${refused}`);
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (first === undefined) throw new NameNotResolvedError(`${hostname} has no address`);
        if (all === true) callback(null, found);
        else callback(null, first.address, first.family);
      } catch (error) {
        callback(error as NodeJS.ErrnoException, [], 0);
      }
    })();
  };
}

const dnsTimeoutMs = 2_000;
const dnsTriesMax = 2;

/**
 * Asks DNS itself. The resolver of the operating system would take one of the four threads of the process for
 * each name, so that a few names with slow servers would hold up every delivery. It reads no hosts file.
 */
export function createResolve(servers?: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: dnsTimeoutMs, tries: dnsTriesMax });
  if (servers !== undefined) resolver.setServers(servers);
  return async (hostname) => {
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const [{ reason } = { reason: undefined }] = answers.filter(({ status }) => status === 'rejected') as {
      readonly reason: unknown;
    }[];
    throw new NameNotResolvedError(`${hostname} has no address`, { cause: reason });
  };
}
