// A browser without a page, for tests of the sign-in: it keeps cookies, follows redirects between the API and
// the provider, and says where it ended.
import type { App } from '../../src/api/context.ts';

interface Visit {
  readonly status: number;
  /** Where the browser is now, as the path at the API. */
  readonly path: string;
  readonly text: string;
  readonly headers: Headers;
}

export interface SignInBrowser {
  readonly cookies: Map<string, string>;
  /** Every Set-Cookie header of the API. */
  readonly setCookies: string[];
  /** Every address that was visited. */
  readonly addresses: string[];
  readonly get: (address: string, until?: (address: string) => boolean) => Promise<Visit>;
  readonly post: (
    path: string,
    form: Readonly<Record<string, string>>,
    headers?: Record<string, string>,
  ) => Promise<Visit>;
}

const redirectsMax = 20;

/** `own` is the API's origin, as the browser sees it. */
export function createSignInBrowser(app: App, own: string): SignInBrowser {
  const jars = new Map<string, Map<string, string>>();
  const jarOf = (origin: string) => {
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    return jar;
  };
  const setCookies: string[] = [];
  const addresses: string[] = [];
  const send = async (address: string, init: RequestInit): Promise<Response> => {
    const { origin, host } = new URL(address);
    const jar = jarOf(origin);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    headers.set('host', host);
    headers.set('accept', 'text/html');
    addresses.push(address);
    const request = { ...init, headers, redirect: 'manual' } as const;
    const response = origin === own ? await app.request(address, request) : await fetch(address, request);
    for (const cookie of response.headers.getSetCookie()) {
      if (origin === own) setCookies.push(cookie);
      const [pair = ''] = cookie.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
    return response;
  };
  const follow = async (
    first: string,
    init: RequestInit,
    until?: (address: string) => boolean,
  ): Promise<Visit> => {
    let address = first;
    let response = await send(address, init);
    for (let redirects = 0; redirects < redirectsMax; redirects += 1) {
      const location = response.headers.get('location');
      if (location === null) break;
      await response.body?.cancel();
      address = new URL(location, address).href;
      // The page itself is not loaded: an API would bundle it first.
      if (until?.(address) === true || ['/console', '/docs'].includes(new URL(address).pathname)) break;
      response = await send(address, {});
    }
    const text = response.bodyUsed ? '' : await response.text();
    const { pathname, search, hash } = new URL(address);
    return { status: response.status, path: `${pathname}${search}${hash}`, text, headers: response.headers };
  };
  return {
    cookies: jarOf(own),
    setCookies,
    addresses,
    get: (address, until) => follow(new URL(address, own).href, {}, until),
    post: (path, form, headers = { origin: own, 'sec-fetch-site': 'same-origin' }) =>
      follow(new URL(path, own).href, { method: 'POST', body: new URLSearchParams(form), headers }),
  };
}
