// Which page is shown: #/ is the overview, #/wallets the search, #/wallets/ID a wallet. A plain #part jumps within.
import { useEffect, useState } from 'preact/hooks';

export type Route =
  { readonly page: 'overview' } | { readonly page: 'wallet'; readonly walletId: string | undefined };

export function routeOf(hash: string): Route {
  const [, first, second] = /^#\/([^/]*)(?:\/(.*))?$/.exec(hash) ?? [];
  if (first !== 'wallets') return { page: 'overview' };
  return { page: 'wallet', walletId: second === undefined || second === '' ? undefined : decoded(second) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % in the address: looked for as it stands, and not found.
    return text;
  }
}

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const onChange = () => {
      setRoute((before) => {
        const next = routeOf(location.hash);
        // A jump to a part of the page leaves the page as it is.
        const isPart = location.hash !== '' && !location.hash.startsWith('#/');
        return isPart ? before : next;
      });
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return route;
}
