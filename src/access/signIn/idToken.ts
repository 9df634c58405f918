// Verifies the id token of a sign-in, and reads the person out of it. The provider's keys are fetched and
// kept by `jose`: for ten minutes, and anew for an unknown key, so that a provider may change its keys.
//
// Invariant: no token is trusted without a signature by a key of the provider. So `none` is no algorithm.
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { SignInError } from './signInProblem.ts';

/** Signatures with a public key. With a shared secret, this service could sign tokens itself. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const keysKeptMs = 600_000;
/** An unknown key leads to one request in this time, whatever tokens come. */
const unknownKeyPauseMs = 30_000;
const clockToleranceS = 30;

export interface KeyTimes {
  readonly timeoutMs: number;
  readonly unknownKeyPauseMs?: number;
}

export function createProviderKeys(url: string, { timeoutMs, ...times }: KeyTimes): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    cacheMaxAge: keysKeptMs,
    cooldownDuration: times.unknownKeyPauseMs ?? unknownKeyPauseMs,
    timeoutDuration: timeoutMs,
  });
}

/** The claims of a valid token. Throws a SignInError for any other. */
export async function verifyIdToken(
  token: string,
  keys: JWTVerifyGetKey,
  expected: { readonly issuer: string; readonly clientId: string },
): Promise<JWTPayload & { readonly sub: string }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms,
      issuer: expected.issuer,
      audience: expected.clientId,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: clockToleranceS,
    });
    return { ...payload, sub: subjectOf(payload) };
  } catch (error) {
    if (error instanceof errors.JWKSTimeout)
      throw new SignInError('provider-silent', 'the keys of the provider did not come in time');
    if (error instanceof errors.JOSEError)
      throw new SignInError('not-trusted', `the id token is refused: ${error.code}, ${error.message}`);
    if (error instanceof TypeError)
      throw new SignInError('provider-silent', 'the keys of the provider could not be read');
    throw error;
  }
}

/** At most 255 characters of ASCII, as the standard says. It is shown in logs and in the audit. */
function subjectOf({ sub }: JWTPayload): string {
  if (sub !== undefined && /^[!-~]{1,255}$/.test(sub)) return sub;
  throw new SignInError(
    'not-trusted',
    'the subject of the id token is not 1 to 255 visible characters of ASCII',
  );
}

/** A person has more groups than this only by mistake. */
const groupsMax = 1_000;

/** The groups in the claim. Undefined if there is no such claim. */
export function groupsIn(
  claims: Readonly<Record<string, unknown>>,
  claim: string,
): readonly string[] | undefined {
  const found = Object.hasOwn(claims, claim) ? claims[claim] : atPath(claims, claim.split('.'));
  if (typeof found === 'string') return [found];
  if (!Array.isArray(found)) return undefined;
  return found.filter((group) => typeof group === 'string').slice(0, groupsMax);
}

/** The member at that path, such as `realm_access.roles`. */
function atPath(claims: unknown, path: readonly string[]): unknown {
  let found = claims;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

const nameLengthMax = 100;

/** How the console calls the person. The subject of many providers is a number. */
export function nameIn(claims: Readonly<Record<string, unknown>>, subject: string): string {
  const { email, name, preferred_username: userName } = claims;
  const texts = [userName, email, name].filter((text) => typeof text === 'string');
  const found = texts.find((text) => text.trim() !== '') ?? subject;
  return found.slice(0, nameLengthMax).toWellFormed();
}
