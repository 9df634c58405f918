// Gives the role of the API and the workers the rights that they need, and no more. Runs at the end of a
// migration, as the role that owns the tables. Invariant: the service's role can add events and can't change
// or delete one. It owns the ledger alone, because a rebuild puts a new table in its place, and the ledger
// can be made again from the events.
import type { Client } from 'pg';
import { functionsOf, rightsOf } from './serverFacts.ts';

/** Tables that a rebuild creates, renames and drops. `ledger_entries` may be a view that it replaces. */
const rebuilt = [
  ...['ledger_entries', 'ledger_entries_rebuild', 'ledger_entries_replaced'],
  ...['ledger_postings', 'ledger_postings_rebuild', 'ledger_postings_replaced'],
];
/** Tables that the upkeep analyses. Their segments are analysed with them. */
const analyzed = [
  'events',
  'wallets',
  'outbox_rows',
  'idempotency_keys',
  'projection_failures',
  'opening_wallets',
];
/** A view that the append writes to. It reads and writes its table with the rights of the owner. */
const writtenView = 'outbox';
/** An owner may have kept functions from everybody else. */
const called = Object.values(functionsOf).flat();

/** The role can't be given its rights. The message says what to do. */
class ServiceRoleError extends Error {
  override readonly name = 'ServiceRoleError';
}

/**
 * Grants `role` its rights and takes away all others, in one database transaction. So a process that runs as
 * this role never meets half of them. Does nothing if `role` runs the migration itself. Throws a
 * ServiceRoleError if the role could change events all the same.
 */
export async function grantServiceRights(client: Client, role: string): Promise<void> {
  const { rows } = await client.query<{ own: boolean; too_strong: boolean; can_give: boolean }>(
    `select rolname = current_user as own,
            rolsuper
              or pg_has_role(oid, (select relowner from pg_class where oid = 'events'::regclass), 'member') as too_strong,
            pg_has_role(current_user, oid, 'usage') and pg_has_role(current_user, oid, 'set') as can_give
       from pg_roles
      where rolname = $1::text`,
    [role],
  );
  const [found] = rows;
  if (found === undefined) throw new ServiceRoleError(`there is no role "${role}"`);
  if (found.own) return;
  if (found.too_strong) {
    throw new ServiceRoleError(
      `the role "${role}" is a superuser or belongs to the owner of the events, so it could change them: use another role for DATABASE_URL`,
    );
  }
  if (!found.can_give) {
    throw new ServiceRoleError(
      `the ledger can't be given to "${role}": as a superuser, grant that role to the role of DATABASE_MIGRATION_URL`,
    );
  }
  // Several statements in one text are one database transaction.
  await client.query((await writeGrants(client, role)).join(';\n'));
}

/**
 * The statements, written by PostgreSQL, so that it escapes the names. Other programs may have tables in the
 * same schema. Theirs belong to other roles, and keep their rights.
 */
async function writeGrants(client: Client, role: string): Promise<string[]> {
  const rights = serviceRights();
  const { rows } = await client.query<{ sql: string }>(
    `with tables as (
       select relname as tablename,
              pg_get_userbyid(relowner) as tableowner,
              relname = any($2::text[]) as is_rebuilt
         from pg_class
        where relnamespace = current_schema()::regnamespace
          and relkind in ('r', 'p', 'v')
          and (relname = any($2::text[])
               or (relkind <> 'v' or relname = $6::text)
                  and relowner = (select relowner from pg_class where oid = 'events'::regclass))
          and not relispartition
     )
     select format('grant usage, create on schema %I to %I', current_schema(), $1::text) as sql
      union all
     select format('alter table %I owner to %I', tablename, $1::text)
       from tables
      where is_rebuilt
        and tableowner <> $1::text
      union all
     select format('alter table %s owner to %I', pg_class.oid::regclass, $1::text)
       from pg_inherits
       join pg_class on pg_class.oid = inhrelid
      where inhparent = any(array(select to_regclass(name) from unnest($2::text[]) as name))
        and pg_get_userbyid(relowner) <> $1::text
      union all
     select format('revoke all on %I from %I', tablename, $1::text)
       from tables
      where not is_rebuilt
      union all
     select format('grant %s on %I to %I', needed.right, tablename, $1::text)
       from tables
       join unnest($3::text[], $4::text[]) as needed (relation, "right")
         on needed.relation = tablename
      where not is_rebuilt
      union all
     select format('grant execute on function %s to %I', oid::regprocedure, $1::text)
       from pg_proc
      where pronamespace = current_schema()::regnamespace
        and oid = any(array(select to_regprocedure(signature) from unnest($5::text[]) as signature))
      union all
     -- Last, because a partition follows the rights on its table.
     select format('select protect_log_segment(%L::regclass, %L::regclass)', inhparent::regclass, inhrelid::regclass)
       from pg_inherits
      where inhparent = any(array(select to_regclass(name) from unnest(segmented_tables()) as name))
      union all
     select format('select protect_command_generation(%L::regclass)', inhrelid::regclass)
       from pg_inherits
      where inhparent = to_regclass('idempotency_keys')`,
    [role, rebuilt, rights.map(({ table }) => table), rights.map(({ right }) => right), called, writtenView],
  );
  return rows.map(({ sql }) => sql);
}

/** What all uses of a session need together. */
function serviceRights(): readonly { readonly table: string; readonly right: string }[] {
  const needed = Object.values(rightsOf)
    .flatMap((use) => Object.entries(use))
    .flatMap(([table, rights]) => rights.map((right) => ({ table, right })));
  return [...needed, ...analyzed.map((table) => ({ table, right: 'maintain' }))];
}
