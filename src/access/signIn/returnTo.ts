// Decides where a browser goes after a sign-in. The address comes from a request, so it may try to lead to
// another site. Pure.
//
// Invariant: the result is a path of a page of this server.

const start = '/console';

/** The pages to which a sign-in may lead back. */
const pages = ['/console', '/docs'];

/** Longer than any address of the console. */
const lengthMax = 2_000;

/** The path with query and fragment, or that of the console. */
export function ownPath(asked: string | null | undefined): string {
  if (typeof asked !== 'string' || asked.length > lengthMax) return start;
  // A browser reads `//host`, `/\host` and control characters in other ways than this server.
  if (!/^\/[^/\\]/.test(asked) || /[^!-~]|\\/.test(asked)) return start;
  const own = 'http://own.invalid';
  const { origin, pathname, search, hash } = new URL(asked, own);
  return origin === own && pages.includes(pathname) ? `${pathname}${search}${hash}` : start;
}
