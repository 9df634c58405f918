// Decides by the Host header whether a process answers a request. Both processes ask it before anything else.
// A web page may point its own name at this machine and then read every answer as its own (DNS rebinding).
// Such a request names the page's host, so a host that nobody allowed is refused.
//
// Invariant: every served host is an IP address, a loopback name, the bound name, or a name of ALLOWED_HOSTS.
// A request by IP address needs no entry, because the origin of a page is then that address itself.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** `malformed`: the header breaks the rules of HTTP. `refused`: it names a host that is not served. */
export type HostVerdict = 'served' | 'malformed' | 'refused';

/** An address in brackets, or a name; then a port. Each part is one class, so matching takes one pass. */
const hostPattern = /^(?:\[([0-9a-f:.]{2,64})\]|([a-z0-9._-]{1,253}))(?::\d{1,5})?$/i;
/** More Host headers than callers use. Beyond that, a verdict is made anew each time. */
const rememberedMax = 64;

/**
 * `bound` is the address that the process listens on. An entry of `allowed` is a name, a name that begins
 * with a dot and covers every name below it, or `*`.
 */
export function createServedHosts(
  allowed: readonly string[],
  bound: string,
): (incoming: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion' | 'url'>) => HostVerdict {
  const names = new Set(['localhost', bound, ...allowed].map((name) => name.toLowerCase()));
  const suffixes = [...names, '.localhost'].filter((name) => name.startsWith('.'));
  const judge = (host: string): HostVerdict => {
    const parts = hostPattern.exec(host);
    if (parts === null) return 'malformed';
    const [, address, name = ''] = parts;
    if (address !== undefined) return isIP(address) === 6 ? 'served' : 'malformed';
    const plain = name.toLowerCase().replace(/\.$/, '');
    const isServed =
      names.has('*') ||
      isIP(plain) !== 0 ||
      names.has(plain) ||
      suffixes.some((suffix) => plain.endsWith(suffix));
    return isServed ? 'served' : 'refused';
  };
  const remembered = new Map<string, HostVerdict>();
  const verdictOf = (host: string): HostVerdict => {
    const known = remembered.get(host);
    if (known !== undefined) return known;
    const verdict = judge(host);
    if (remembered.size < rememberedMax && verdict === 'served') remembered.set(host, verdict);
    return verdict;
  };
  return ({ rawHeaders, httpVersion, url = '/' }) => {
    const hosts = hostsIn(rawHeaders);
    const [host = ''] = hosts;
    // Two Host headers could mean two targets to two readers. Only HTTP/1.0 allows none.
    if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== '1.0')) return 'malformed';
    const verdict = host === '' ? 'served' : verdictOf(host);
    if (verdict !== 'served' || url.startsWith('/')) return verdict;
    // A target such as http://name/path counts more than the header (RFC 9112, 3.2.2).
    const authority = /^https?:\/\/([^/?#]*)/i.exec(url)?.[1];
    return authority === undefined ? 'served' : verdictOf(authority);
  };
}

function hostsIn(rawHeaders: readonly string[]): readonly string[] {
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host')
      hosts.push(rawHeaders[index + 1] ?? '');
  return hosts;
}
