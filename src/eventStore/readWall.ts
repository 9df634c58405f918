// The second wall between tenants: row-level security for the role with which the API reads. Each statement
// of the API names its tenant. If one forgets it, the wall still hides the rows of others. Runs at the end of
// a migration, as the role that owns the tables.
//
// Invariant: without a tenant in the session, the read role sees no row. Every other role sees what it saw.
import type { ClientBase } from 'pg';

/** Where the tenant of a row stands: an expression of its prefix, `acme/` or nothing. */
const prefixOf = {
  events: `left(wallet_id, strpos(wallet_id, '/'))`,
  wallets: `left(id, strpos(id, '/'))`,
  holds: `left(wallet_id, strpos(wallet_id, '/'))`,
  wallet_details: `left(wallet_id, strpos(wallet_id, '/'))`,
  wallet_usage: `left(wallet_id, strpos(wallet_id, '/'))`,
  reversals: `left(wallet_id, strpos(wallet_id, '/'))`,
  projection_failures: `left(wallet_id, strpos(wallet_id, '/'))`,
  opening_wallets: `left(wallet_id, strpos(wallet_id, '/'))`,
  // A record of the former form was written before there were tenants.
  idempotency_keys: `case when outcome is null then ''
                          when accepted then left(outcome::jsonb #>> '{2,0}', strpos(outcome::jsonb #>> '{2,0}', '/'))
                          else left(outcome::jsonb #>> '{2}', strpos(outcome::jsonb #>> '{2}', '/')) end`,
  // Both sides of a posting belong to one tenant.
  ledger_postings: `left(coalesce(debit_wallet_id, credit_wallet_id),
                         strpos(coalesce(debit_wallet_id, credit_wallet_id), '/'))`,
  ledger_sums: 'tenant_prefix',
  // An account is "wallet:" or "settlement:" with an id or a currency.
  ledger_entries: `substr(account, strpos(account, ':') + 1,
                          greatest(0, strpos(account, '/') - strpos(account, ':')))`,
  webhook_endpoints: `case when tenant = '' then '' else tenant || '/' end`,
  webhook_deliveries: `left(wallet_id, strpos(wallet_id, '/'))`,
  webhook_replays: `case when tenant = '' then '' else tenant || '/' end`,
} as const;

/** Tables that the API reads and that hold no rows of one tenant. */
const shared = [
  ...['log_head', 'log_segments', 'log_archive'],
  ...['ledger_form', 'projector_checkpoints', 'tenants'],
];
/** The name of the policy on each table behind the wall. A rebuilt ledger gets it, too. */
export const wallPolicy = 'tenant_reads';

/** The tables behind the wall. */
export const walledTables = Object.keys(prefixOf);

/** The wall can't be raised. The message says what to do. */
class ReadWallError extends Error {
  override readonly name = 'ReadWallError';
}

/**
 * Raises the wall for `readRole`, in one database transaction. `serviceRole` is the role of the API and the
 * workers, if it is another one than that of `client`. Throws a ReadWallError if the role is missing,
 * or if the service's own role would be stopped by the wall.
 */
export async function raiseReadWall(
  client: ClientBase,
  readRole: string,
  serviceRole?: string,
): Promise<void> {
  await assertRoles(client, readRole, serviceRole);
  const { rows } = await client.query<{ name: string; is_table: boolean }>(
    `select relname as name, relkind in ('r', 'p') as is_table
       from pg_class
      where oid = any(array(select to_regclass(name) from unnest($1::text[]) as name))`,
    [walledTables],
  );
  const [role] = await identifiers(client, [readRole]);
  const literal = await quoteLiteral(client, readRole);
  const tables = rows.filter((row) => row.is_table).map(({ name }) => name);
  // Several statements in one text are one database transaction.
  await client.query(
    [
      ...functionsFor(literal),
      `grant usage on schema ${await schemaName(client)} to ${role}`,
      ...shared.map((table) => `grant select on ${table} to ${role}`),
      ...rows.filter((row) => !row.is_table).flatMap(({ name }) => viewRights(name, role ?? '')),
      ...tables.flatMap((table) => wallOf(table as keyof typeof prefixOf, role ?? '')),
    ].join(';\n'),
  );
}

async function assertRoles(
  client: ClientBase,
  readRole: string,
  serviceRole: string | undefined,
): Promise<void> {
  const { rows } = await client.query<{ may_see_all: boolean; may_take: boolean; passes: boolean }>(
    `select reader.rolsuper or reader.rolbypassrls as may_see_all,
            pg_has_role(service.oid, reader.oid, 'set') as may_take,
            service.rolsuper or service.rolbypassrls
              or pg_has_role(service.oid, (select relowner from pg_class where oid = 'events'::regclass), 'usage')
              as passes
       from pg_roles as reader, pg_roles as service
      where reader.rolname = $1::text
        and service.rolname = coalesce($2::text, current_user)`,
    [readRole, serviceRole],
  );
  const [found] = rows;
  if (found === undefined)
    throw new ReadWallError(`there is no role "${readRole}": create it, or unset DATABASE_READ_ROLE`);
  if (found.may_see_all)
    throw new ReadWallError(
      `the role "${readRole}" is a superuser or has bypassrls, so nothing is hidden from it`,
    );
  if (!found.may_take)
    throw new ReadWallError(
      `as a superuser, grant "${readRole}" to the role of DATABASE_URL: it can't read as that role`,
    );
  if (!found.passes)
    throw new ReadWallError(
      `as a superuser, give the role of DATABASE_URL bypassrls: it writes for all tenants`,
    );
}

/** A setting that was never made, or was reset, is no tenant. So the default tenant has a name here, too. */
const functionsFor = (readRole: string) => [
  `create or replace function tenant_prefix_read() returns text
   language sql stable parallel safe
   return case when current_setting('wallet.tenant', true) = 'tenant:' then ''
               when current_setting('wallet.tenant', true) like 'tenant:%'
               then substr(current_setting('wallet.tenant', true), 8) || '/' end`,
  `create or replace function reads_every_tenant() returns boolean
   language sql stable parallel safe
   return current_user <> ${readRole}`,
  // A policy runs as the reader, whoever that is.
  'grant execute on function tenant_prefix_read(), reads_every_tenant() to public',
];

/** A statement asks the functions once, because they stand in subqueries. */
function wallOf(table: keyof typeof prefixOf, role: string): string[] {
  return [
    `drop policy if exists ${wallPolicy} on ${table}`,
    `create policy ${wallPolicy} on ${table} as permissive for all to public
       using ((select reads_every_tenant()) or ${prefixOf[table]} = (select tenant_prefix_read()))
       with check ((select reads_every_tenant()))`,
    ['alter table', table, 'enable row level security'].join(' '),
    `revoke all on ${table} from ${role}`,
    `grant select on ${table} to ${role}`,
  ];
}

/** A view reads as its owner, past the wall. The read role may lock it, and may not read it. */
function viewRights(view: string, role: string): string[] {
  return [`revoke all on ${view} from ${role}`, `grant maintain on ${view} to ${role}`];
}

async function identifiers(client: ClientBase, names: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ quoted: string }>(
    'select quote_ident(name) as quoted from unnest($1::text[]) as name',
    [names],
  );
  return rows.map(({ quoted }) => quoted);
}

async function quoteLiteral(client: ClientBase, text: string): Promise<string> {
  const { rows } = await client.query<{ quoted: string }>('select quote_literal($1::text) as quoted', [text]);
  return rows[0]?.quoted ?? 'null';
}

async function schemaName(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ schema: string }>('select quote_ident(current_schema()) as schema');
  return rows[0]?.schema ?? 'public';
}

/** What is missing in the wall, in words; undefined if it stands. `readRole` is undefined without one. */
export async function readWallGap(
  client: Pick<ClientBase, 'query'>,
  readRole: string | undefined,
): Promise<string | undefined> {
  if (readRole === undefined) return 'DATABASE_READ_ROLE names no role';
  const { rows } = await client.query<{ table: string }>({
    name: 'read-wall-gap',
    text: `
      select relname::text as "table"
        from pg_class
       where oid = any(array(select to_regclass(name) from unnest($1::text[]) as name))
         and case relkind when 'v' then has_table_privilege($3::text, oid, 'select')
             else not relrowsecurity
               or not exists (select from pg_policy where polrelid = pg_class.oid and polname = $2::text) end
       order by relname`,
    values: [walledTables, wallPolicy, readRole],
  });
  if (rows.length === 0) return undefined;
  return `${rows.map(({ table }) => table).join(', ')} ${rows.length === 1 ? 'has' : 'have'} no policy for ${readRole}`;
}
