// The tenants of the installation besides the default one, which has no row. Operators create, suspend and
// resume them. A tenant is never deleted, because its wallets stay in the log.
import type { Pool } from 'pg';
import type { Tenant } from '../domain/tenant.ts';

/** Tenants that a process remembers. About 1 MB. */
const rememberedMax = 10_000;

export interface TenantRow {
  readonly id: Tenant;
  readonly name: string;
  readonly createdAt: Date;
  readonly suspendedAt: Date | null;
  readonly suspensionReason: string | null;
}

const columns = `id, name, created_at as "createdAt", suspended_at as "suspendedAt",
             suspension_reason as "suspensionReason"`;

/** Undefined if there is a tenant with this id already. */
export async function createTenant(pool: Pool, id: Tenant, name: string): Promise<TenantRow | undefined> {
  const { rows } = await pool.query<TenantRow>({
    name: 'create-tenant',
    text: `
      insert into tenants (id, name)
      values ($1::text, $2::text)
          on conflict on constraint tenants_pkey do nothing
      returning ${columns}`,
    values: [id, name],
  });
  return rows[0];
}

export async function readTenant(pool: Pool, id: Tenant): Promise<TenantRow | undefined> {
  const { rows } = await pool.query<TenantRow>({
    name: 'read-tenant',
    text: `
      select ${columns}
        from tenants
       where id = $1::text`,
    values: [id],
  });
  return rows[0];
}

/** At most `limit` tenants in order of id, above `after`. */
export async function readTenants(pool: Pool, after: string, limit: number): Promise<TenantRow[]> {
  const { rows } = await pool.query<TenantRow>({
    name: 'read-tenants',
    text: `
      select ${columns}
        from tenants
       where id > $1::text
       order by id
       limit $2::integer`,
    values: [after, limit],
  });
  return rows;
}

/** Keeps the first time and reason of a tenant that is suspended already. Undefined if there is none. */
export async function suspendTenant(pool: Pool, id: Tenant, reason: string): Promise<TenantRow | undefined> {
  const { rows } = await pool.query<TenantRow>({
    name: 'suspend-tenant',
    text: `
      update tenants
         set suspended_at = coalesce(suspended_at, clock_timestamp()),
             suspension_reason = coalesce(suspension_reason, $2::text)
       where id = $1::text
      returning ${columns}`,
    values: [id, reason],
  });
  return rows[0];
}

export async function resumeTenant(pool: Pool, id: Tenant): Promise<TenantRow | undefined> {
  const { rows } = await pool.query<TenantRow>({
    name: 'resume-tenant',
    text: `
      update tenants
         set suspended_at = null,
             suspension_reason = null
       where id = $1::text
      returning ${columns}`,
    values: [id],
  });
  return rows[0];
}

/** The ids of all suspended tenants. */
export async function readSuspended(pool: Pool): Promise<readonly Tenant[]> {
  const { rows } = await pool.query<{ id: Tenant }>({
    name: 'read-suspended-tenants',
    text: `
      select id
        from tenants
       where suspended_at is not null
       order by id`,
  });
  return rows.map(({ id }) => id);
}

/** Asks once for each tenant. One that was seen exists for ever, because no tenant is ever removed. */
export function createTenantExists(pool: Pool): (tenant: Tenant) => boolean | Promise<boolean> {
  const seen = new Set<Tenant>();
  return (tenant) => {
    if (seen.has(tenant)) return true;
    return readTenant(pool, tenant).then((row) => {
      if (row === undefined) return false;
      if (seen.size >= rememberedMax) seen.clear();
      seen.add(tenant);
      return true;
    });
  };
}
