// The settings of the sign-in at the console, and what is wrong about them together.
import { roleGroups, secret, secrets, text } from './settingKinds.ts';

/** The provider sends people back to this path. */
const callbackPath = '/console/sign-in/callback';

export const signInSettings = {
  OIDC_ISSUER: text(
    '',
    'identity provider (OpenID Connect) of the people who use the console, as it names itself; empty means sign-in by key alone',
  ),
  OIDC_CLIENT_ID: text('', 'name of this service at the provider'),
  OIDC_CLIENT_SECRET: secret(text('', 'secret of this service at the provider; empty for a public client')),
  OIDC_REDIRECT_URL: text(
    '',
    `address to which the provider sends people back, such as https://wallet.example.com${callbackPath}`,
  ),
  OIDC_SCOPES: text('openid profile', 'what is asked of the provider; some need `groups` in addition'),
  OIDC_GROUPS_CLAIM: text(
    'groups',
    'claim that holds the groups of a person: its name, or its path with dots, such as `realm_access.roles`',
  ),
  OIDC_ROLES: roleGroups('the groups whose members have a role, such as `viewer=staff;operator=on-call`'),
  COOKIE_SECRET: secret(
    secrets(
      'secret that encrypts the cookies of sign-ins, the same for all API processes; write a new one before the old one, with a comma, to change it. Without it sign-ins end with the process',
    ),
  ),
};

interface SignInGiven {
  readonly BEHIND_TLS: boolean;
  readonly OIDC_ISSUER: string;
  readonly OIDC_CLIENT_ID: string;
  readonly OIDC_REDIRECT_URL: string;
  readonly OIDC_ROLES: readonly unknown[];
  readonly COOKIE_SECRET: readonly string[];
}

export function signInContradictions(config: SignInGiven): readonly string[] {
  if (config.OIDC_ISSUER === '') return [];
  const missing = [
    config.OIDC_CLIENT_ID === '' ? 'OIDC_CLIENT_ID' : '',
    config.OIDC_REDIRECT_URL === '' ? 'OIDC_REDIRECT_URL' : '',
    config.OIDC_ROLES.length === 0 ? 'OIDC_ROLES' : '',
    config.COOKIE_SECRET.length === 0 ? 'COOKIE_SECRET' : '',
  ].filter((name) => name !== '');
  if (missing.length > 0) return [`OIDC_ISSUER also needs ${missing.join(', ')}`];
  const found: string[] = [];
  if (!isSafe(config.OIDC_ISSUER)) found.push('OIDC_ISSUER must be an https address');
  if (!isSafe(config.OIDC_REDIRECT_URL) || new URL(config.OIDC_REDIRECT_URL).pathname !== callbackPath)
    found.push(`OIDC_REDIRECT_URL must be an https address that ends with ${callbackPath}`);
  else if ((new URL(config.OIDC_REDIRECT_URL).protocol === 'https:') !== config.BEHIND_TLS)
    found.push('BEHIND_TLS must be true if OIDC_REDIRECT_URL is an https address, and else false');
  return found;
}

/** Plain HTTP stays on this machine. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
  );
}
