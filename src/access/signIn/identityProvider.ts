// Signs people in by an OpenID provider: authorization code flow with PKCE, state and nonce. `begin` sends
// the browser to the provider, and `finish` reads what it brings back. Nothing is asked of the provider
// before the first sign-in, so a provider that is down keeps no process from starting.
//
// Invariant: state, nonce and code verifier are new for each sign-in, and only the browser that began it has
// them.
import * as client from 'openid-client';
import type { JWTVerifyGetKey } from 'jose';
import type { Config } from '../../config/config.ts';
import { createProviderKeys, groupsIn, type KeyTimes, nameIn, verifyIdToken } from './idToken.ts';
import { SignInError, type SignInProblemCode } from './signInProblem.ts';

/** What the browser keeps, encrypted, between the two halves of a sign-in. */
export interface BegunSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly returnTo: string;
  readonly begunAtMs: number;
}

interface Person {
  /** The provider never gives it to another person. */
  readonly subject: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface IdentityProvider {
  readonly begin: (
    returnTo: string,
    nowMs: number,
  ) => Promise<{ readonly address: string; readonly begun: BegunSignIn }>;
  /** `search` is the query with which the browser came back. Throws a SignInError if nobody is signed in. */
  readonly finish: (search: string, begun: BegunSignIn) => Promise<Person>;
}

type ProviderConfig = Pick<
  Config,
  | 'OIDC_ISSUER'
  | 'OIDC_CLIENT_ID'
  | 'OIDC_CLIENT_SECRET'
  | 'OIDC_REDIRECT_URL'
  | 'OIDC_SCOPES'
  | 'OIDC_GROUPS_CLAIM'
>;

/** Longest wait for one answer of the provider. */
const answerWaitMs = 5_000;
/** How long the provider's description of itself is kept. */
const describedMs = 3_600_000;

export interface ProviderTimes extends Partial<KeyTimes> {
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number;
}

/** Undefined if no provider is set. */
export function createIdentityProvider(
  config: ProviderConfig,
  times: ProviderTimes,
): IdentityProvider | undefined {
  if (config.OIDC_ISSUER === '') return undefined;
  const described = createDescription(config, times);
  return {
    begin: async (returnTo, nowMs) => {
      const { provider } = await described();
      const codeVerifier = client.randomPKCECodeVerifier();
      const begun = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier,
        returnTo,
        begunAtMs: nowMs,
      };
      const address = client.buildAuthorizationUrl(provider, {
        redirect_uri: config.OIDC_REDIRECT_URL,
        scope: config.OIDC_SCOPES,
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        state: begun.state,
        nonce: begun.nonce,
      });
      return { address: address.href, begun };
    },
    finish: async (search, begun) => {
      const { provider, keys } = await described();
      const tokens = await redeem(provider, new URL(`${config.OIDC_REDIRECT_URL}${search}`), begun);
      const { issuer } = provider.serverMetadata();
      const claims = await verifyIdToken(tokens.id_token ?? '', keys, {
        issuer,
        clientId: config.OIDC_CLIENT_ID,
      });
      const more = groupsIn(claims, config.OIDC_GROUPS_CLAIM)
        ? {}
        : await readUserInfo(provider, tokens, claims.sub);
      const all = { ...more, ...claims };
      return {
        subject: claims.sub,
        name: nameIn(all, claims.sub),
        groups: groupsIn(all, config.OIDC_GROUPS_CLAIM) ?? [],
      };
    },
  };
}

interface Described {
  readonly provider: client.Configuration;
  readonly keys: JWTVerifyGetKey;
}

/** Asks the provider where its parts are. A failure is not kept. */
function createDescription(config: ProviderConfig, times: ProviderTimes): () => Promise<Described> {
  const timeoutMs = times.timeoutMs ?? answerWaitMs;
  let kept: { readonly described: Promise<Described>; readonly untilMs: number } | undefined;
  const describe = async (): Promise<Described> => {
    const issuer = new URL(config.OIDC_ISSUER);
    const secret = config.OIDC_CLIENT_SECRET;
    const provider = await client
      .discovery(
        issuer,
        config.OIDC_CLIENT_ID,
        undefined,
        secret === '' ? client.None() : client.ClientSecretBasic(secret),
        {
          timeout: timeoutMs / 1_000,
          // The settings allow it on this machine alone.
          execute: issuer.protocol === 'http:' ? [allowLoopback] : [],
        },
      )
      .catch(refuse);
    const address = provider.serverMetadata().jwks_uri;
    if (address === undefined)
      throw new SignInError('wrong-settings', 'the provider names no keys (jwks_uri)');
    return { provider, keys: createProviderKeys(address, { ...times, timeoutMs }) };
  };
  return () => {
    if (kept !== undefined && times.monotonicMs() < kept.untilMs) return kept.described;
    const asked = { described: describe(), untilMs: times.monotonicMs() + describedMs };
    kept = asked;
    asked.described.catch(() => {
      if (kept === asked) kept = undefined;
    });
    return asked.described;
  };
}

// eslint-disable-next-line @typescript-eslint/no-deprecated -- the package marks it so that nobody forgets it
const allowLoopback = client.allowInsecureRequests;

/** Exchanges the code for tokens. The package compares state, nonce, issuer, audience and expiry. */
async function redeem(provider: client.Configuration, address: URL, begun: BegunSignIn) {
  try {
    return await client.authorizationCodeGrant(provider, address, {
      pkceCodeVerifier: begun.codeVerifier,
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    });
  } catch (error) {
    return refuse(error);
  }
}

async function readUserInfo(
  provider: client.Configuration,
  tokens: client.TokenEndpointResponse,
  subject: string,
): Promise<Readonly<Record<string, unknown>>> {
  if (provider.serverMetadata().userinfo_endpoint === undefined) return {};
  return client.fetchUserInfo(provider, tokens.access_token, subject).catch(refuse);
}

/** The refusals of a token endpoint, by their error code (RFC 6749, 5.2). */
const refusals: Readonly<Record<string, SignInProblemCode>> = {
  invalid_grant: 'not-fresh',
  invalid_client: 'wrong-settings',
  unauthorized_client: 'wrong-settings',
  invalid_scope: 'wrong-settings',
  invalid_request: 'wrong-settings',
  server_error: 'provider-silent',
  temporarily_unavailable: 'provider-silent',
};

/**
 * The package's error as a SignInError. The package attaches tokens to its errors, so only words are kept.
 */
function refuse(error: unknown): never {
  if (error instanceof client.AuthorizationResponseError)
    throw new SignInError(
      refusals[error.error] ?? 'provider-refused',
      `the provider said ${quoted(error.error)}`,
    );
  if (error instanceof client.ResponseBodyError)
    throw new SignInError(
      refusals[error.error] ?? 'provider-refused',
      `the provider said ${quoted(error.error)}`,
    );
  if (error instanceof client.ClientError) {
    const code = error.code ?? '';
    const isSilent = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM'].includes(code);
    throw new SignInError(
      isSilent ? 'provider-silent' : 'not-trusted',
      `${error.message} (${code})${reasonOf(error)}`,
    );
  }
  // The fetch of Node.js throws it if there is no answer.
  if (error instanceof TypeError)
    throw new SignInError('provider-silent', `the provider does not answer: ${error.message}`);
  throw error;
}

function reasonOf({ cause }: Error): string {
  return cause instanceof Error ? `: ${cause.message}` : '';
}

/** Foreign text, without what could make a secret of it. */
function quoted(text: string): string {
  return `"${text.slice(0, 60).replaceAll(/[^a-z_]/gi, '?')}"`;
}
