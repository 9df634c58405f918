// The API key that benches and faults send with every request, and the settings of processes that ask for it.
// It is the same in every run, so that a load generator needs nothing from a database. Its databases are made
// for one run on this machine.
import type { ClientBase } from 'pg';
import { insertKey } from '../src/access/apiKeys.ts';
import { createIssueKey } from '../src/access/issueKey.ts';

const pepper = { id: 'harness', secret: Buffer.alloc(32, 'harness') };
const { text, row } = createIssueKey([pepper], 'test', (size) => Buffer.alloc(size, 7))({
  ...{ tenant: '', operator: true, name: 'harness', scopes: ['*'] },
  ...{ allowedAddresses: null, createdBy: 'harness', expiresAt: null },
});

export const harnessKey = { text, headers: { authorization: `Bearer ${text}` } } as const;

export function accessSettings(keys: boolean): Readonly<Record<string, string>> {
  if (!keys) return { ACCESS: 'open' };
  return { ACCESS: 'keys', API_KEY_PEPPERS: `${pepper.id}:${pepper.secret.toString('base64')}` };
}

/** Does nothing if the database has the key. */
export async function addHarnessKey(client: Pick<ClientBase, 'query'>): Promise<void> {
  const { rowCount } = await client.query('select from api_keys where id = $1::text', [row.id]);
  if (rowCount === 0) await insertKey(client, row);
}
