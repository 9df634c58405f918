// Decides where webhooks may be sent. A URL is judged when it is registered and before each attempt. An
// address is judged when a connection is made, on what DNS returned just then. So a name that leads into our
// network later (DNS rebinding) gains nothing.
//
// Invariant: without WEBHOOK_ALLOWED_NETWORKS a connection goes to a public unicast address over https.
import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import { isWithin, listOf } from '../networks.ts';
import { isPublicAddress } from './publicAddress.ts';

type UrlProblem = 'notAUrl' | 'tooLong' | 'scheme' | 'userInfo' | 'fragment' | 'port' | 'ownHost' | 'address';

/** What the owner of the endpoint is told. */
const detailOf: Readonly<Record<UrlProblem, string>> = {
  notAUrl: 'The text is no absolute URL.',
  tooLong: 'The URL has more than 2048 characters.',
  scheme: 'The URL must begin with https:// .',
  userInfo: 'The URL must hold no user name and no password.',
  fragment: 'The URL must have no part after #, because it would not be sent.',
  port: 'The URL has a port that webhooks may not be sent to (WEBHOOK_PORTS).',
  ownHost: 'The URL leads back to this service or to its machine.',
  address: 'The URL names an address that is not public (WEBHOOK_ALLOWED_NETWORKS).',
};

type UrlVerdict =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly problem: UrlProblem; readonly detail: string };

export interface AddressGuard {
  /** `url` is normalized, so its `href` is what should be stored. */
  readonly checkUrl: (text: string) => UrlVerdict;
  /** Whether a connection may be made to this IP address. `protocol` is that of the URL. */
  readonly isAddressAllowed: (address: string, protocol: string) => boolean;
}

type GuardConfig = Pick<
  Config,
  'WEBHOOK_ALLOWED_NETWORKS' | 'WEBHOOK_PORTS' | 'ALLOWED_HOSTS' | 'HOST' | 'PORT' | 'WORKER_PORT'
>;

const urlLengthMax = 2_048;

export function createAddressGuard(config: GuardConfig): AddressGuard {
  const { WEBHOOK_ALLOWED_NETWORKS: networks, WEBHOOK_PORTS: ports } = config;
  const isInAllowedNetwork = createNetworkTest(networks);
  const isOwnHost = createOwnHostTest(config);
  const isAddressAllowed = (address: string, protocol: string) =>
    isInAllowedNetwork(address) || (protocol === 'https:' && isPublicAddress(address));
  const problemOf = (text: string, url: URL): UrlProblem | undefined => {
    const host = hostOf(url);
    const isAddress = isIP(host) !== 0;
    const isPlainAllowed = isAddress ? isInAllowedNetwork(host) : networks.length > 0;
    if (text.length > urlLengthMax || url.href.length > urlLengthMax) return 'tooLong';
    // A name may lead into an allowed network. Which one it is, only its connection tells.
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isPlainAllowed)) return 'scheme';
    if (url.username !== '' || url.password !== '') return 'userInfo';
    // An empty fragment is one too.
    if (url.href.includes('#')) return 'fragment';
    if (isOwnHost(host, portOf(url))) return 'ownHost';
    if (isAddress && !isAddressAllowed(host, url.protocol)) return 'address';
    if (!ports.includes(portOf(url)) && !isInAllowedNetwork(host)) return 'port';
    return undefined;
  };
  return {
    isAddressAllowed,
    checkUrl(text) {
      const problem = URL.canParse(text) ? problemOf(text, new URL(text)) : 'notAUrl';
      return problem === undefined
        ? { ok: true, url: new URL(text) }
        : { ok: false, problem, detail: detailOf[problem] };
    },
  };
}

/** A network of IPv6 must not open IPv4: `::/0` holds the IPv4-mapped addresses, and so all of IPv4. */
function createNetworkTest(networks: readonly string[]): (address: string) => boolean {
  const listFor = (family: number) =>
    listOf(networks.filter((network) => isIP(network.split('/')[0] ?? '') === family));
  const [four, six] = [listFor(4), listFor(6)];
  return (address) => isWithin(isIP(address) === 4 ? four : six, address);
}

/** Deliveries to this service would make new deliveries, without an end. */
function createOwnHostTest({ ALLOWED_HOSTS, HOST, PORT, WORKER_PORT }: GuardConfig) {
  // `*` allows every name of this service, and says nothing of other ones.
  const names = ALLOWED_HOSTS.filter((name) => name !== '*').map((name) => name.toLowerCase());
  const ownPorts = [PORT, WORKER_PORT];
  return (host: string, port: number): boolean => {
    // A resolver answers it in its own way, and receivers on this machine have an address.
    if (host === 'localhost' || host.endsWith('.localhost')) return true;
    if (ownPorts.includes(port) && (host === HOST.toLowerCase() || isLoopback(host))) return true;
    return names.some((name) => (name.startsWith('.') ? host.endsWith(name) : host === name));
  };
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Without the brackets of IPv6 and the dot of a full name. A URL has the name in lower case already. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
