// The roles of the local PostgreSQL. `stack_owner` is its superuser, used by this stack alone. `wallet` owns
// its database, and migrations run as this role. `wallet_service` is the role of the API and the worker. The
// migration gives it its rights. It may read as `wallet_reader`, which can't log in. The others have random
// passwords. An installation from before had `wallet` as superuser with a published password. Its next start
// changes that and keeps the data.
import pg from 'pg';
import type { Secrets } from './secrets.ts';

export const serviceRole = 'wallet_service';
/** Reads of the API take this role, and row-level security hides the rows of other tenants from it. */
export const readRole = 'wallet_reader';
export const migrationRole = 'wallet';
export const ownerRole = 'stack_owner';
const database = 'wallet';
/** The name that the superuser of an older installation gets. It can't be dropped, so it may not log in. */
const formerRole = 'wallet_former';
const formerPassword = 'wallet';
const CONNECT_TIMEOUT_MS = 2_000;
const INVALID_PASSWORD = '28P01';
/** The role, its password or its database is missing. */
const notYet: readonly (string | undefined)[] = [INVALID_PASSWORD, '28000', '3D000'];

export function urlOfRole(role: string, password: string, port: number, name = database): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${name}`;
}

/** Makes roles and database as they must be. Safe to repeat after an interruption. */
export async function ensureRoles(port: number, secrets: Secrets): Promise<void> {
  if (await areSettled(port, secrets)) return;
  const ownerUrl = (name: string) => urlOfRole(ownerRole, secrets.postgresOwner, port, name);
  await adopt(port, ownerUrl('postgres'), secrets);
  const hasDatabase = await withClient(ownerUrl('postgres'), async (client) => {
    const found = await client.query('select from pg_database where datname = $1::text', [database]);
    return found.rowCount === 1;
  });
  // Roles belong to the whole server, so one transaction inside the database changes them and its tables.
  await withClient(ownerUrl(hasDatabase ? database : 'postgres'), async (client) => {
    await client.query('begin');
    await client.query(rolesSql);
    if (hasDatabase) await client.query(ownershipSql);
    await client.query('commit');
    for (const [role, password] of passwordsOf(secrets)) {
      const { rows } = await client.query<{ sql: string }>(
        'select format($1::text, $2::text, $3::text) as sql',
        ['alter role %I password %L', role, password],
      );
      await client.query(rows[0]?.sql ?? '');
    }
    if (!hasDatabase) await client.query(`create database ${database} owner ${migrationRole}`);
  });
}

const passwordsOf = (secrets: Secrets) =>
  [
    [serviceRole, secrets.postgresService],
    [migrationRole, secrets.postgres],
  ] as const;

const settledSql = `
  select
    from pg_roles
   where rolname = current_user
     and not rolsuper
     and exists (select from pg_roles as reader
                  where reader.rolname = '${readRole}'
                    and (current_user <> '${serviceRole}'
                         or pg_roles.rolbypassrls and pg_has_role(reader.oid, 'set')))`;

/**
 * True if both roles can log in and are no superusers, and if the service may read as the read role. The last
 * step of `ensureRoles` makes the database.
 */
async function areSettled(port: number, secrets: Secrets): Promise<boolean> {
  try {
    for (const [role, password] of passwordsOf(secrets)) {
      const settled = await withClient(urlOfRole(role, password, port), async (client) => {
        const own = await client.query(settledSql);
        return own.rowCount === 1;
      });
      if (!settled) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && notYet.includes(error.code)) return false;
    throw error;
  }
}

/** Makes the superuser of this stack in a cluster that still has the published password. */
async function adopt(port: number, ownerUrl: string, secrets: Secrets): Promise<void> {
  try {
    await withClient(ownerUrl, () => Promise.resolve());
    return;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== INVALID_PASSWORD) throw error;
  }
  await withClient(urlOfRole(migrationRole, formerPassword, port, 'postgres'), async (client) => {
    const { rows } = await client.query<{ sql: string }>(
      `select format('create role ${ownerRole} superuser login password %L', $1::text) as sql`,
      [secrets.postgresOwner],
    );
    await client.query(rows[0]?.sql ?? '');
  });
}

// 10 is the id of the superuser that initdb makes.
const rolesSql = `
do $$
begin
  if exists (select from pg_roles where rolname = '${migrationRole}' and oid = 10) then
    alter role ${migrationRole} rename to ${formerRole};
    alter role ${formerRole} nologin password null;
  end if;
  if not exists (select from pg_roles where rolname = '${migrationRole}') then
    create role ${migrationRole} login;
  end if;
  if not exists (select from pg_roles where rolname = '${serviceRole}') then
    create role ${serviceRole} login;
  end if;
  if not exists (select from pg_roles where rolname = '${readRole}') then
    create role ${readRole} nologin;
  end if;
  grant ${serviceRole} to ${migrationRole};
  grant ${readRole} to ${serviceRole};
  -- The service writes for all tenants.
  alter role ${serviceRole} bypassrls;
end
$$`;

// A sequence of a column and a member of an extension follow what they belong to.
const ownershipSql = `
do $$
declare
  command text;
begin
  for command in
    with own as (
      select oid from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    ), follows as (
      select classid, objid from pg_depend where deptype in ('a', 'i', 'e')
    )
    select format('alter database %I owner to ${migrationRole}', datname)
      from pg_database where datname = current_database() and datdba = 10
    union all
    select format('alter schema %I owner to ${migrationRole}', nspname)
      from pg_namespace where oid in (select oid from own) and nspowner = 10
    union all
    select format('alter table %s owner to ${migrationRole}', oid::regclass)
      from pg_class
      where relnamespace in (select oid from own)
        and relowner = 10
        and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
        and ('pg_class'::regclass, oid) not in (select classid::regclass, objid from follows)
    union all
    select format('alter routine %s owner to ${migrationRole}', oid::regprocedure)
      from pg_proc
      where pronamespace in (select oid from own)
        and proowner = 10
        and ('pg_proc'::regclass, oid) not in (select classid::regclass, objid from follows)
    union all
    select format('alter type %s owner to ${migrationRole}', oid::regtype)
      from pg_type
      where typnamespace in (select oid from own)
        and typowner = 10
        and typtype in ('d', 'e', 'r')
        and ('pg_type'::regclass, oid) not in (select classid::regclass, objid from follows)
  loop
    execute command;
  end loop;
end
$$`;

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // Without a listener a connection that breaks while idle would end this process. The query reports the
  // error.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
