// Wires the sign-in at the console: cookies, sessions, and the identity provider if there is one. The API
// process calls it at its start, unless it asks nobody for a key.
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import type { ProcessAccess } from '../src/access/access.ts';
import { createCookies } from '../src/access/signIn/cookies.ts';
import { createEndedSessions } from '../src/access/signIn/endedSessions.ts';
import { createIdentityProvider } from '../src/access/signIn/identityProvider.ts';
import { createSessions } from '../src/access/signIn/sessions.ts';
import type { ApiDeps } from '../src/api/deps.ts';
import type { Config } from '../src/config/config.ts';
import type { Log } from '../src/telemetry/log.ts';

interface SignInWiring {
  readonly config: Config;
  readonly access: ProcessAccess;
  readonly pool: Pool;
  readonly log: Log;
}

/** Without a secret of the settings, a sign-in ends with this process and counts in no other. */
export function wireSignIn({ config, access, pool, log }: SignInWiring) {
  if (config.COOKIE_SECRET.length === 0)
    log.info('sign-ins end with this process, because COOKIE_SECRET is not set');
  const cookies = createCookies({
    installation: config.INSTALLATION,
    secrets:
      config.COOKIE_SECRET.length === 0 ? [randomBytes(32).toString('base64url')] : config.COOKIE_SECRET,
    isSecure: config.BEHIND_TLS,
  });
  const monotonicMs = () => performance.now();
  return {
    cookies,
    sessions: createSessions({
      cookies,
      ended: createEndedSessions(pool, monotonicMs),
      callerOfKey: access.callerOfId,
      now: Date.now,
      settings: config,
    }),
    provider: createIdentityProvider(config, { monotonicMs }),
    roles: config.OIDC_ROLES,
    callerOfKey: (key, address) => access.callerOf(`Bearer ${key}`, address),
    isSecure: config.BEHIND_TLS,
    now: Date.now,
  } satisfies ApiDeps['signIn'];
}
