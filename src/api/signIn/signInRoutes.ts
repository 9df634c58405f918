// The routes of a sign-in at the console: its page, the sign-in by key, both halves of the sign-in by an
// identity provider, the sign-out, and what the page may know about its session. Without keys (ACCESS=open)
// only the last one exists.
import type { Cookies } from '../../access/signIn/cookies.ts';
import type { BegunSignIn, IdentityProvider } from '../../access/signIn/identityProvider.ts';
import { ownPath } from '../../access/signIn/returnTo.ts';
import { actorOf, type Beginner, type Sessions } from '../../access/signIn/sessions.ts';
import { SignInError, type SignInProblemCode } from '../../access/signIn/signInProblem.ts';
import { isDatabaseUnavailable } from '../../eventStore/databaseFailure.ts';
import { rolesOfPerson } from '../../access/roles.ts';
import type { RoleOfGroup } from '../../config/roles.ts';
import type { Caller } from '../../access/caller.ts';
import type { App, AppContext } from '../context.ts';
import type { AddressOf } from '../http/clientAddress.ts';
import { isOwnPage } from '../http/sameOrigin.ts';
import { answerSecurity, pageSecurity } from '../http/securityHeaders.ts';
import { respond, respondJson } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { describeSession } from './sessionCallers.ts';
import { signInPage } from './signInPage.ts';
import { type SignInAction, type SignInWatch, type WatchDeps, watchSignIns } from './watchSignIns.ts';

interface SignIn {
  readonly sessions: Sessions;
  readonly cookies: Cookies;
  /** Undefined if people sign in by key alone. */
  readonly provider: IdentityProvider | undefined;
  readonly roles: readonly RoleOfGroup[];
  /** The caller of a key that a person typed at that address. */
  readonly callerOfKey: (key: string, address: string) => Caller | undefined | Promise<Caller | undefined>;
  /** True if browsers speak https with this service. */
  readonly isSecure: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface SignInRouteDeps extends WatchDeps {
  /** Undefined if nobody is asked for a key. */
  readonly signIn?: SignIn | undefined;
}

/** What every route of the sign-in has. */
interface Routed {
  readonly signIn: SignIn;
  readonly addressOf: AddressOf;
  readonly watch: SignInWatch;
}

/** How long a person may take at the provider. */
const atProviderMaxMs = 600_000;
const signInPath = '/console/sign-in';

export function addSignInRoutes(app: App, deps: SignInRouteDeps): void {
  const { signIn, addressOf } = deps;
  app.get('/console/session', (c) => {
    const { actor, scopes } = c.get('caller');
    const known = { actor, scopes: [...scopes], session: describeSession(c.get('session')) };
    return respondJson(signIn === undefined ? { open: true, ...known } : { open: false, ...known }, c);
  });
  if (signIn === undefined) return;
  const { provider } = signIn;
  const routed: Routed = { signIn, addressOf, watch: watchSignIns(deps) };
  app.get(signInPath, (c) => showPage(c, signIn, undefined, c.req.query('return_to')));
  app.post(signInPath, (c) => orPage(c, routed, 'signIn', () => signInByKey(c, routed)));
  app.post('/console/sign-out', (c) => orPage(c, routed, 'signOut', () => signOut(c, routed)));
  if (provider === undefined) return;
  app.get(`${signInPath}/start`, (c) => orPage(c, routed, 'signIn', () => start(c, signIn, provider)));
  app.get(`${signInPath}/callback`, (c) => orPage(c, routed, 'signIn', () => finish(c, routed, provider)));
}

/** Shows the page again if the sign-in is refused, with the words of the refusal. */
async function orPage(
  c: AppContext,
  { signIn, watch }: Routed,
  action: SignInAction,
  work: () => Promise<Response>,
): Promise<Response> {
  try {
    assertTransport(c, signIn);
    return await work();
  } catch (error) {
    const refusal = isDatabaseUnavailable(error) ? new SignInError('store-silent', String(error)) : error;
    if (!(refusal instanceof SignInError)) throw error;
    watch.refused(c, action, refusal, statusOf(refusal.code));
    return showPage(c, signIn, refusal.code);
  }
}

/** Over plain HTTP a key or a cookie could be read on its way. On this machine there is no way. */
function assertTransport(c: AppContext, { isSecure }: SignIn): void {
  const host = (c.req.header('host') ?? '').replace(/:\d+$/, '');
  if (isSecure || /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host)) return;
  throw new SignInError('plain-http', 'BEHIND_TLS is not set, and the request is not for this machine');
}

/** Never 401, which would ask the browser for a header. */
function statusOf(code: SignInProblemCode): number {
  return ['provider-silent', 'wrong-settings', 'store-silent'].includes(code) ? 503 : 403;
}

function showPage(
  c: AppContext,
  { provider, cookies }: SignIn,
  problem: SignInProblemCode | undefined,
  returnTo?: string,
): Response {
  const page = signInPage({ problem, hasProvider: provider !== undefined, returnTo: ownPath(returnTo) });
  return respond(
    {
      status: problem === undefined ? 200 : statusOf(problem),
      headers: {
        ...pageSecurity({ forms: true }),
        'content-type': 'text/html; charset=utf-8',
        // Without a referrer a browser would hide from this server that the form is its own.
        'referrer-policy': 'same-origin',
        // A sign-in that was refused can't be finished a second time.
        ...(problem === undefined ? {} : { 'set-cookie': cookies.remove('sign-in') }),
      },
      body: page,
    },
    c,
  );
}

async function signInByKey(c: AppContext, routed: Routed): Promise<Response> {
  const { signIn, addressOf } = routed;
  if (!isOwnPage(c)) throw new SignInError('other-site', 'the form was sent by a page of another site');
  const form = new URLSearchParams(await c.req.text());
  const caller = await signIn.callerOfKey((form.get('key') ?? '').trim(), addressOf(c));
  if (caller === undefined || caller.keyId === null)
    throw new SignInError('key-refused', 'the key is not valid');
  if (!caller.scopes.has('admin:read'))
    throw new SignInError('key-lacks-scope', `${caller.actor} lacks admin:read`, caller.actor);
  const beginner = { keyId: caller.keyId, name: caller.actor };
  return begin(c, routed, beginner, ownPath(form.get('return_to')));
}

async function start(c: AppContext, { cookies, now }: SignIn, provider: IdentityProvider): Promise<Response> {
  const { address, begun } = await provider.begin(ownPath(c.req.query('return_to')), now());
  return goTo(c, address, [await cookies.write('sign-in', begun, atProviderMaxMs / 1_000)]);
}

const begunSchema = z.strictObject({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  begunAtMs: z.number(),
});

async function finish(c: AppContext, routed: Routed, provider: IdentityProvider): Promise<Response> {
  const { signIn } = routed;
  const kept = begunSchema.safeParse(await signIn.cookies.read('sign-in', c.req.header('cookie')));
  if (!kept.success)
    throw new SignInError('not-fresh', 'the browser began no sign-in, or finished it before');
  const begun: BegunSignIn = kept.data;
  if (signIn.now() - begun.begunAtMs > atProviderMaxMs)
    throw new SignInError('not-fresh', 'the sign-in began too long ago');
  const person = await provider.finish(new URL(c.req.url).search, begun);
  const roles = rolesOfPerson(person.groups, signIn.roles);
  const actor = `user:${person.subject}`;
  if (roles.length === 0) throw new SignInError('no-role', `${actor} is in no group that has a role`, actor);
  const beginner = { subject: person.subject, name: person.name, roles };
  return begin(c, routed, beginner, ownPath(begun.returnTo));
}

function begin(
  c: AppContext,
  { signIn, watch }: Routed,
  beginner: Beginner,
  returnTo: string,
): Promise<Response> {
  const target = 'roles' in beginner ? beginner.roles.join(' ') : 'key';
  return watch.acted(c, { actor: actorOf(beginner), action: 'signIn', target }, async () => {
    const session = await signIn.sessions.begin(beginner);
    return goTo(c, returnTo, [session, signIn.cookies.remove('sign-in')]);
  });
}

/** Ends the session of the browser. With `everywhere=true` in the form, all of the person or the key. */
async function signOut(c: AppContext, { signIn, addressOf, watch }: Routed): Promise<Response> {
  const { sessions, cookies } = signIn;
  if (!isOwnPage(c)) throw new SignInError('other-site', 'the sign-out was sent by a page of another site');
  const held = await sessions.find(c.req.header('cookie'), addressOf(c));
  if (held === undefined) return goTo(c, signInPath, [cookies.remove('session')]);
  const { session } = held;
  const everywhere = new URLSearchParams(await c.req.text()).get('everywhere') === 'true';
  const action = { actor: session.actor, action: 'signOut', target: everywhere ? 'everywhere' : '' } as const;
  return watch.acted(c, action, async () => goTo(c, signInPath, [await sessions.end(session, everywhere)]));
}

/** With GET, whatever the method was. */
function goTo(c: AppContext, location: string, setCookies: readonly string[]): Response {
  const headers = new Headers({
    ...answerSecurity,
    location,
    'cache-control': 'no-store',
    'x-request-id': c.get('requestId'),
  });
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  return new Response(null, { status: 303, headers });
}
