// Reads for one tenant. With a read wall, each connection is told whose rows it may show before it is used.
//
// Invariant: no statement runs on a walled connection that was told of another tenant.
import type { Pool, PoolClient } from 'pg';
import type { Tenant } from '../domain/tenant.ts';

/** What a read needs of a pool. */
export type ReadDatabase = Pick<Pool, 'query' | 'connect'> & {
  /** The pool that the reads of all tenants share, if this is not the pool itself. */
  readonly source?: Pool;
};

/** The database as this tenant may read it. */
export type TenantReads = (tenant: Tenant) => ReadDatabase;

/** Without a wall. Only the statements themselves keep tenants apart. */
export function unwalledReads(pool: Pool): TenantReads {
  return () => pool;
}

/** `pool` has connections of the read role. Equal tenants in a row cost nothing. */
export function walledReads(pool: Pool): TenantReads {
  const told = new WeakMap<PoolClient, Tenant>();

  async function connectFor(tenant: Tenant): Promise<PoolClient> {
    const client = await pool.connect();
    if (told.get(client) === tenant) return client;
    told.delete(client);
    try {
      await client.query({
        name: 'read-as-tenant',
        text: `select set_config('wallet.tenant', $1::text, false)`,
        values: [`tenant:${tenant}`],
      });
    } catch (error) {
      client.release(true);
      throw error;
    }
    told.set(client, tenant);
    return client;
  }

  return (tenant) => {
    const query = async (statement: string, values?: unknown[]) => {
      const client = await connectFor(tenant);
      let failed = true;
      try {
        const result = await client.query(statement, values);
        failed = false;
        return result;
      } finally {
        // As a pool does: a connection whose statement failed is not used again.
        client.release(failed);
      }
    };
    return {
      source: pool,
      query: query as unknown as Pool['query'],
      connect: (() => connectFor(tenant)) as Pool['connect'],
    };
  };
}
