// Copies what operators set on the ledger's old table to the new one, at the swap: owner, grants, policies,
// comments, settings of storage and statistics, replica identity and publications. Runs in the database
// transaction of the swap, so a grant that came while the table was filled is kept too.
import type { PoolClient } from 'pg';

/**
 * The statements that give the new table `made` all of this. They are written before the tables are renamed,
 * and run after that, when every name is that of the live table again. PostgreSQL writes them and escapes
 * names.
 */
export function writeKeptAttributes(
  client: PoolClient,
  live: string,
  made = `${live}_rebuild`,
): Promise<string> {
  const queries = [owner, ...rights, ...storage, ...settings, ...policies, tableComment, ...comments];
  return write(client, queries, live, made, live);
}

/**
 * The statements for a ledger of legs that has become postings. Its view has the grants and comments of the
 * table of that name, and the owner of the postings. The table of postings has the settings of storage. They
 * are written after the tables were renamed.
 */
export async function writeKeptByView(client: PoolClient): Promise<string> {
  const [replaced, view] = ['ledger_entries_replaced', 'ledger_entries'];
  const ofView = [...rights, tableComment, ...columnComments];
  return [
    await write(client, [owner], 'ledger_postings', view, view),
    await write(client, ofView, replaced, view, view),
    await write(client, [...storage, storageOfParts], replaced, 'ledger_postings', 'ledger_postings'),
  ]
    .filter((statements) => statements !== '')
    .join(';\n');
}

async function write(
  client: PoolClient,
  queries: readonly string[],
  live: string,
  made: string,
  name: string,
): Promise<string> {
  const { rows } = await client.query<{ sql: string }>(
    [
      `with live as (select *, $3::text as named from pg_class where oid = $1::text::regclass),
            made as (select * from pg_class where oid = $2::text::regclass),
            statements (step, sql) as (`,
      queries.join(' union all '),
      ') select sql from statements order by step',
    ].join(' '),
    [live, made, name],
  );
  return rows.map(({ sql }) => sql).join(';\n');
}

const owner = `select 1, format('alter table %I owner to %I', named, pg_get_userbyid(live.relowner))
     from live, made
    where live.relowner <> made.relowner`;

/** Default privileges may have given the new table rights that the old one had not. */
const rights = [
  `select distinct 2, format('revoke all on %I from %s cascade', named,
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
     from live, made, aclexplode(coalesce(made.relacl, acldefault('r', made.relowner)))
    where live.relacl is not null or made.relacl is not null`,
  `select 2, format('revoke all on %I from %I cascade', named, pg_get_userbyid(live.relowner))
     from live
    where live.relacl is not null`,
  `select 3, format('grant %s on %I to %s%s', privilege_type, named,
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, 
            case when is_grantable then ' with grant option' else '' end)
     from live, made, aclexplode(coalesce(live.relacl, acldefault('r', live.relowner)))
    where live.relacl is not null or made.relacl is not null`,
  `select 3, format('grant %s (%I) on %I to %s%s', privilege_type, attname, named,
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, 
            case when is_grantable then ' with grant option' else '' end)
     from live
     join pg_attribute on attrelid = live.oid and not attisdropped,
          aclexplode(attacl)`,
];

const storage = [
  `select 4, format('alter table %I set (%I = %L)', named, option_name, option_value)
     from live, made, pg_options_to_table(live.reloptions)
    where made.relkind <> 'p'`,
  `select 4, format('alter table %I set (toast.%I = %L)', named, option_name, option_value)
     from live
     join made on made.relkind <> 'p'
     join pg_class as toast on toast.oid = live.reltoastrelid,
          pg_options_to_table(toast.reloptions)`,
];

/** A table in segments has no settings of storage, and its parts have them. */
const storageOfParts = `select 4, format('alter table %s set (%I = %L)', inhrelid::regclass, option_name, option_value)
     from live, made
     join pg_inherits on inhparent = made.oid,
          pg_options_to_table(live.reloptions)`;

const settings = [
  `select 4, format('alter table %I alter column %I set statistics %s', named, attname, attstattarget)
     from live
     join pg_attribute on attrelid = live.oid and attnum > 0 and attstattarget >= 0`,
  `select 4, format('alter table %I alter column %I set (%I = %L)', named, attname, option_name, option_value)
     from live
     join pg_attribute on attrelid = live.oid and attnum > 0,
          pg_options_to_table(attoptions)`,
  `select 4, format('alter table %I replica identity %s', named,
                    case live.relreplident when 'f' then 'full' when 'n' then 'nothing' end)
     from live
    where live.relreplident in ('f', 'n')`,
  `select 4, format('alter table %I replica identity using index %I', named, identity.relname)
     from live
     join pg_index on indrelid = live.oid and indisreplident
     join pg_class as identity on identity.oid = indexrelid
    where live.relreplident = 'i'`,
  `select 5, format('alter publication %I add table %I%s%s', pubname, named,
                    (select ' (' || string_agg(quote_ident(attname), ', ' order by attnum) || ')'
                       from pg_attribute
                      where attrelid = prrelid and attnum = any(prattrs)),
                    ' where (' || pg_get_expr(prqual, prrelid) || ')')
     from live
     join pg_publication_rel on prrelid = live.oid
     join pg_publication as publication on publication.oid = prpubid`,
];

/** The wall between tenants (readWall.ts), and policies of others. */
const policies = [
  `select 5, format('create policy %I on %I as %s for %s to %s using (%s)%s', policyname, named, permissive, cmd,
                    (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                    coalesce(qual, 'true'), ' with check (' || with_check || ')')
     from live
     join pg_policies on schemaname = live.relnamespace::regnamespace::text and tablename = live.relname`,
  `select 6, format('alter table %I enable row level security', named)
     from live
    where live.relrowsecurity`,
];

const tableComment = `select 6, format('comment on %s %I is %L', case made.relkind when 'v' then 'view' else 'table' end,
                    named, description)
     from made, live
     join pg_description on classoid = 'pg_class'::regclass and objoid = live.oid and objsubid = 0`;

const columnComments = [
  `select 6, format('comment on column %I.%I is %L', named, attname, description)
     from live
     join pg_description on classoid = 'pg_class'::regclass and objoid = live.oid
     join pg_attribute on attrelid = live.oid and attnum = objsubid and attnum > 0`,
];

const comments = [
  ...columnComments,
  `select 6, format('comment on index %I is %L', index.relname, description)
     from live
     join pg_index on indrelid = live.oid
     join pg_class as index on index.oid = indexrelid
     join pg_description on classoid = 'pg_class'::regclass and objoid = index.oid`,
  `select 6, format('comment on constraint %I on %I is %L', conname, named, description)
     from live
     join pg_constraint on conrelid = live.oid
     join pg_description on classoid = 'pg_constraint'::regclass and objoid = pg_constraint.oid`,
  `select 6, format('comment on trigger %I on %I is %L', tgname, named, description)
     from live
     join pg_trigger on tgrelid = live.oid
     join pg_description on classoid = 'pg_trigger'::regclass and objoid = pg_trigger.oid`,
];
