// A server that asks for keys, beside an identity provider whose groups have the roles of the console.
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { insertKey } from '../../src/access/apiKeys.ts';
import { createIssueKey } from '../../src/access/issueKey.ts';
import type { Scope } from '../../src/access/scopes.ts';
import { startProcess, type SystemProcess } from '../../harness/processes.ts';
import { freePorts } from '../../stack/ports.ts';
import { type testConfig, testPeppers } from './api.ts';
import { startTestProvider, testClient, type TestProvider } from './identityProvider.ts';

export interface GuardedServer {
  readonly server: SystemProcess;
  readonly provider: TestProvider;
  readonly stop: () => Promise<void>;
}

export const groupOfRole = { viewer: 'staff', operator: 'duty', approver: 'four' } as const;

export async function startGuardedServer(config: ReturnType<typeof testConfig>): Promise<GuardedServer> {
  const [port] = await freePorts(1);
  const redirectUrl = `http://127.0.0.1:${port}/console/sign-in/callback`;
  const provider = await startTestProvider(redirectUrl);
  const settings = {
    ...{ ACCESS: 'keys', PORT: String(port), COOKIE_SECRET: 'c'.repeat(40) },
    API_KEY_PEPPERS: testPeppers.map(({ id, secret }) => `${id}:${secret.toString('base64')}`).join(','),
    ...{ OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: testClient.id, OIDC_REDIRECT_URL: redirectUrl },
    OIDC_CLIENT_SECRET: testClient.secret,
    OIDC_ROLES: Object.entries(groupOfRole).map(([role, group]) => ({ role, group })),
  };
  const server = await startProcess('server', { ...config, ...settings } as unknown as typeof config);
  return {
    ...{ server, provider },
    stop: async () => {
      await server.stop();
      await provider.close();
    },
  };
}

/** A key of an operator with these scopes. */
export async function keyWith(pool: Pool, scopes: readonly (Scope | '*')[]): Promise<string> {
  const issue = createIssueKey(testPeppers, 'test', randomBytes);
  const { row, text } = issue({
    ...{ tenant: '', operator: true, name: 'test', scopes, allowedAddresses: null },
    ...{ createdBy: 'test', expiresAt: null },
  });
  await insertKey(pool, row);
  return text;
}
