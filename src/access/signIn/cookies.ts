// Writes and reads the two cookies of a sign-in: the session, and what the browser keeps while it is at the
// provider. Both are encrypted and signed by `iron-session`, so a browser can neither read nor change them.
//
// Invariant: a cookie with a time in it counts until that time, whatever the browser does with it.
import { sealData, unsealData } from 'iron-session';

export interface CookieOptions {
  readonly installation: string;
  /** The newest first. It encrypts. Each of them decrypts. */
  readonly secrets: readonly string[];
  /** True if the browser speaks https with this service. */
  readonly isSecure: boolean;
}

type CookieUse = 'session' | 'sign-in';

/** Browsers refuse larger ones. */
const cookieBytesMax = 4_096;

export interface Cookies {
  /** The value of a Set-Cookie header. The browser forgets it after `keptS`. */
  readonly write: (use: CookieUse, content: object, keptS: number) => Promise<string>;
  /** The value of a Set-Cookie header that makes the browser forget the cookie. */
  readonly remove: (use: CookieUse) => string;
  /** The content, or undefined if there is no such cookie or if nobody with these secrets wrote it. */
  readonly read: (use: CookieUse, header: string | undefined) => Promise<object | undefined>;
}

export function createCookies({ installation, secrets, isSecure }: CookieOptions): Cookies {
  const [newest] = secrets;
  if (newest === undefined) throw new Error('cookies need a secret');
  // A browser accepts the prefix only over https, without a domain, and for all paths. So no other server of
  // the domain can plant such a cookie.
  const nameOf = (use: CookieUse) => `${isSecure ? '__Host-' : ''}${installation}-${use}`;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    write: async (use, content, keptS) => {
      // The time is in the content, so that one place judges it.
      const sealed = await sealData({ use, content }, { password: newest, ttl: 0 });
      const cookie = `${nameOf(use)}=${sealed}; Max-Age=${keptS}; ${attributes}`;
      if (cookie.length > cookieBytesMax) throw new Error(`the cookie ${use} is too large for browsers`);
      return cookie;
    },
    remove: (use) => `${nameOf(use)}=; Max-Age=0; ${attributes}`,
    read: async (use, header) => {
      const sealed = valueIn(header, nameOf(use));
      if (sealed === undefined || sealed === '' || sealed.length > cookieBytesMax) return undefined;
      for (const password of secrets) {
        const opened = await open(sealed, password);
        // A cookie for one use must not count as one for the other.
        if (opened.use === use && typeof opened.content === 'object' && opened.content !== null)
          return opened.content;
      }
      return undefined;
    },
  };
}

interface Opened {
  readonly use?: unknown;
  readonly content?: unknown;
}

async function open(sealed: string, password: string): Promise<Opened> {
  try {
    return await unsealData<Opened>(sealed, { password, ttl: 0 });
  } catch {
    // The package throws plain errors for a text that it did not write. Such a cookie is foreign.
    return {};
  }
}

/** The first cookie of that name. */
function valueIn(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
