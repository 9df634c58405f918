// Begins, finds and ends the sessions of people at the console. A session is a cookie that names a person
// or an API key. Its caller is of the same type as that of a key, so every route asks the same of both.
//
// Invariant: a session never outlives eight hours, its sign-out, its key, or a change of the roles' settings.
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Role, RoleOfGroup } from '../../config/roles.ts';
import { roles } from '../../config/roles.ts';
import { defaultTenant } from '../../domain/tenant.ts';
import type { Caller } from '../caller.ts';
import { scopesOfRoles } from '../roles.ts';
import type { Cookies } from './cookies.ts';
import type { EndedSessions } from './endedSessions.ts';

const sessionMaxMs = 8 * 3_600_000;

const sessionSchema = z.strictObject({
  id: z.string(),
  /** As the caller's `actor`. */
  actor: z.string(),
  /** As the console calls the person or the key. */
  name: z.string(),
  keyId: z.string().nullable(),
  roles: z.array(z.enum(roles)),
  beganAtMs: z.number(),
  /** A fingerprint of the settings under which the roles were given. */
  settings: z.string(),
});

export type Session = z.output<typeof sessionSchema>;

/** A session that holds now. */
interface Held {
  readonly session: Session;
  readonly caller: Caller;
}

/** Who begins a session: a key, or a person with roles. */
export type Beginner =
  | { readonly keyId: string; readonly name: string }
  | { readonly subject: string; readonly name: string; readonly roles: readonly Role[] };

export interface Sessions {
  /** Resolves to the Set-Cookie header of a new session. */
  readonly begin: (beginner: Beginner) => Promise<string>;
  /** The session of the request's Cookie header. Undefined if it has none that holds at this address. */
  readonly find: (cookieHeader: string | undefined, address: string) => Promise<Held | undefined>;
  /** Ends it, or all of its actor. Resolves to the Set-Cookie header that removes it. */
  readonly end: (session: Session, everywhere: boolean) => Promise<string>;
}

export interface SessionDeps {
  readonly cookies: Cookies;
  readonly ended: EndedSessions;
  /** The caller of a key, or undefined if the key does not count any more, or not at this address. */
  readonly callerOfKey: (keyId: string, address: string) => Promise<Caller | undefined>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings: SessionSettings;
}

/** A change of one of these ends the sessions of people. */
interface SessionSettings {
  readonly OIDC_ISSUER: string;
  readonly OIDC_CLIENT_ID: string;
  readonly OIDC_GROUPS_CLAIM: string;
  readonly OIDC_ROLES: readonly RoleOfGroup[];
}

export function createSessions({ cookies, ended, callerOfKey, now, settings }: SessionDeps): Sessions {
  const fingerprint = fingerprintOf(settings);
  const callerOf = async (session: Session, address: string): Promise<Caller | undefined> => {
    if (session.settings !== fingerprint) return undefined;
    if (now() - session.beganAtMs >= sessionMaxMs) return undefined;
    const caller =
      session.keyId === null ? callerOfPerson(session) : await callerOfKey(session.keyId, address);
    if (caller === undefined || (await ended.has(session))) return undefined;
    return caller;
  };
  return {
    begin: async (beginner) => {
      const session: Session = {
        ...identityOf(beginner),
        id: randomUUID(),
        beganAtMs: await ended.clock(),
        settings: fingerprint,
      };
      return cookies.write('session', session, sessionMaxMs / 1_000);
    },
    find: async (cookieHeader, address) => {
      const { success, data } = sessionSchema.safeParse(await cookies.read('session', cookieHeader));
      if (!success) return undefined;
      const caller = await callerOf(data, address);
      return caller === undefined ? undefined : { session: data, caller };
    },
    end: async (session, everywhere) => {
      await (everywhere ? ended.endAllOf(session.actor) : ended.end(session));
      return cookies.remove('session');
    },
  };
}

/** As the caller's `actor`. */
export function actorOf(beginner: Beginner): string {
  return 'keyId' in beginner ? `key:${beginner.keyId}` : `user:${beginner.subject}`;
}

function identityOf(beginner: Beginner): Pick<Session, 'actor' | 'name' | 'keyId' | 'roles'> {
  const named = { actor: actorOf(beginner), name: beginner.name };
  return 'keyId' in beginner
    ? { ...named, keyId: beginner.keyId, roles: [] }
    : { ...named, keyId: null, roles: [...beginner.roles] };
}

/** People who use the console run the installation. Their roles say what they may do in it. */
function callerOfPerson({ actor, roles: held }: Session): Caller {
  return { actor, tenant: defaultTenant, operator: true, scopes: scopesOfRoles(held), keyId: null };
}

function fingerprintOf({
  OIDC_ISSUER,
  OIDC_CLIENT_ID,
  OIDC_GROUPS_CLAIM,
  OIDC_ROLES,
}: SessionSettings): string {
  const text = JSON.stringify([OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_GROUPS_CLAIM, OIDC_ROLES]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
