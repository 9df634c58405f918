// A real OpenID provider in this process, for tests of the sign-in. It signs its people in without a
// question. A test may change what it answers, as a broken or hostile provider would.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt, exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration } from 'oidc-provider';

interface ProviderPerson {
  readonly sub: string;
  readonly groups?: unknown;
  readonly preferred_username?: string;
}

/** What the provider does otherwise than it should. */
export interface Misbehaviour {
  /** Claims that replace those of the id token. A claim that is undefined is left out. */
  readonly claims?: (claims: JWTPayload) => JWTPayload;
  /** Replaces the whole id token. */
  readonly idToken?: (token: string) => string;
  /** The status of every answer. */
  readonly status?: number;
  /** Never answers. */
  readonly hangs?: boolean;
}

export interface TestProvider {
  readonly issuer: string;
  /** Who signs in next. */
  readonly signsIn: (person: ProviderPerson) => void;
  readonly misbehaves: (how: Misbehaviour) => void;
  /** From now on it signs with a new key. */
  readonly changeKey: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export const testClient = { id: 'wallet', secret: 'client-secret-of-the-test' };

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: crypto.randomUUID() };
}

export async function startTestProvider(
  redirectUrl: string,
  { claimsInToken = true }: { readonly claimsInToken?: boolean } = {},
): Promise<TestProvider> {
  let person: ProviderPerson = { sub: 'nobody' };
  let how: Misbehaviour = {};
  let key = await newKey();
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  const server = createServer((request, response) => {
    if (how.hangs === true) return;
    if (how.status === undefined) handle(request, response);
    else response.writeHead(how.status).end('broken');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const renew = () => {
    const provider = new Provider(
      issuer,
      configurationOf(() => person, key, redirectUrl, claimsInToken),
    );
    provider.use(async (context, next) => {
      const uid = /^\/login\/(.+)$/.exec(context.path)?.[1];
      if (uid === undefined) await next();
      else {
        const result = { login: { accountId: person.sub } };
        await provider.interactionFinished(context.req, context.res, result);
        context.respond = false;
      }
      if (context.path !== '/token' || context.status !== 200) return;
      const body = context.body as { id_token: string };
      context.body = { ...body, id_token: await changed(body.id_token, how, key) };
    });
    handle = provider.callback();
  };
  renew();
  return {
    issuer,
    signsIn: (next) => {
      person = next;
    },
    misbehaves: (next) => {
      how = next;
    },
    changeKey: async () => {
      key = await newKey();
      renew();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function configurationOf(
  person: () => ProviderPerson,
  key: JWK,
  redirectUrl: string,
  claimsInToken: boolean,
): Configuration {
  return {
    clients: [
      {
        client_id: testClient.id,
        client_secret: testClient.secret,
        redirect_uris: [redirectUrl],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [key] as never },
    cookies: { keys: ['cookie-key-of-the-test'] },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'] },
    conformIdTokenClaims: !claimsInToken,
    pkce: { required: () => true },
    // Without them the provider prints a line for each.
    ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/login/${uid}` },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ ...person(), sub: accountId }) }),
    // Nobody is asked for a consent.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  };
}

/** The id token as the provider sends it, signed by its own key. */
async function changed(token: string, { claims, idToken }: Misbehaviour, key: JWK): Promise<string> {
  if (idToken !== undefined) return idToken(token);
  if (claims === undefined) return token;
  const header = { alg: 'RS256', kid: key.kid ?? '' };
  return new SignJWT(claims(decodeJwt(token))).setProtectedHeader(header).sign(await importJWK(key, 'RS256'));
}
