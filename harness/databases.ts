// Creates databases that belong to one test file or one measurement: copies of a template, dropped at the
// end.
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** Other sessions on a database are ended after this time. */
const closingMaxMs = 1_000;
const closingPollMs = 10;

export interface OwnDatabase {
  readonly name: string;
  readonly url: string;
  /** Ends every session on it. */
  readonly drop: () => Promise<void>;
}

/** `adminUrl` must be allowed to create databases. `strategy` is PostgreSQL's own default unless given. */
export async function copyDatabase(
  adminUrl: string,
  name: string,
  template: string,
  strategy?: 'file_copy',
): Promise<OwnDatabase> {
  const how = strategy === undefined ? '' : ` strategy ${strategy}`;
  await withClient(adminUrl, (admin) => admin.query(`create database ${name} template ${template}${how}`));
  return databaseOf(adminUrl, name);
}

/** A database that is there already. */
export function databaseOf(adminUrl: string, name: string): OwnDatabase {
  return {
    name,
    url: urlOfDatabase(adminUrl, name),
    drop: () =>
      withClient(adminUrl, async (admin) => {
        await untilUnused(admin, name);
        await admin.query(`drop database if exists ${name} with (force)`);
      }),
  };
}

/**
 * A pool that has ended may still be closing its connections. If the drop ended them, each would be an error
 * without a listener, and would end this process.
 */
async function untilUnused(admin: Client, name: string): Promise<void> {
  const deadline = performance.now() + closingMaxMs;
  for (;;) {
    const { rowCount } = await admin.query('select from pg_stat_activity where datname = $1::text', [name]);
    if (rowCount === 0 || performance.now() > deadline) return;
    await pause(closingPollMs);
  }
}

export async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'wallet-bench' });
  // If the stack stops, the running query reports it. Without a listener the event would end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export function urlOfDatabase(adminUrl: string, name: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export function nameOfDatabase(url: string): string {
  return new URL(url).pathname.slice(1);
}
