// What the ledger's new table takes over from the old one at the swap: owner, grants, comments, settings of
// storage and statistics, replica identity and publications. Runs in the database transaction of the swap,
// so a grant that came while the table was filled is kept too.
import type { PoolClient } from 'pg';

/**
 * The statements that give the new table all of this. They are written before the tables are renamed, and
 * run after that, when every name is that of the live table again. PostgreSQL writes them and escapes names.
 */
export async function writeKeptAttributes(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ sql: string }>(
    [
      `with live as (select * from pg_class where oid = 'ledger_entries'::regclass),
            made as (select * from pg_class where oid = 'ledger_entries_rebuild'::regclass),
            statements (step, sql) as (`,
      [...rights, ...settings, ...comments].join(' union all '),
      ') select sql from statements order by step',
    ].join(' '),
  );
  return rows.map(({ sql }) => sql).join(';\n');
}

/** Default privileges may have given the new table rights that the old one had not. */
const rights = [
  `select 1, format('alter table ledger_entries owner to %I', pg_get_userbyid(live.relowner))
     from live, made
    where live.relowner <> made.relowner`,
  `select distinct 2, format('revoke all on ledger_entries from %s cascade', 
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
     from live, made, aclexplode(coalesce(made.relacl, acldefault('r', made.relowner)))
    where live.relacl is not null or made.relacl is not null`,
  `select 2, format('revoke all on ledger_entries from %I cascade', pg_get_userbyid(live.relowner))
     from live
    where live.relacl is not null`,
  `select 3, format('grant %s on ledger_entries to %s%s', privilege_type, 
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, 
            case when is_grantable then ' with grant option' else '' end)
     from live, made, aclexplode(coalesce(live.relacl, acldefault('r', live.relowner)))
    where live.relacl is not null or made.relacl is not null`,
  `select 3, format('grant %s (%I) on ledger_entries to %s%s', privilege_type, attname, 
            case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end, 
            case when is_grantable then ' with grant option' else '' end)
     from live
     join pg_attribute on attrelid = live.oid and not attisdropped,
          aclexplode(attacl)`,
];

const settings = [
  `select 4, format('alter table ledger_entries set (%I = %L)', option_name, option_value)
     from live, pg_options_to_table(live.reloptions)`,
  `select 4, format('alter table ledger_entries set (toast.%I = %L)', option_name, option_value)
     from live
     join pg_class as toast on toast.oid = live.reltoastrelid,
          pg_options_to_table(toast.reloptions)`,
  `select 4, format('alter table ledger_entries alter column %I set statistics %s', attname, attstattarget)
     from live
     join pg_attribute on attrelid = live.oid and attnum > 0 and attstattarget >= 0`,
  `select 4, format('alter table ledger_entries alter column %I set (%I = %L)', attname, option_name, option_value)
     from live
     join pg_attribute on attrelid = live.oid and attnum > 0,
          pg_options_to_table(attoptions)`,
  `select 4, format('alter table ledger_entries replica identity %s',
                    case live.relreplident when 'f' then 'full' when 'n' then 'nothing' end)
     from live
    where live.relreplident in ('f', 'n')`,
  `select 4, format('alter table ledger_entries replica identity using index %I', identity.relname)
     from live
     join pg_index on indrelid = live.oid and indisreplident
     join pg_class as identity on identity.oid = indexrelid
    where live.relreplident = 'i'`,
  `select 5, format('alter publication %I add table ledger_entries%s%s', pubname,
                    (select ' (' || string_agg(quote_ident(attname), ', ' order by attnum) || ')'
                       from pg_attribute
                      where attrelid = prrelid and attnum = any(prattrs)),
                    ' where (' || pg_get_expr(prqual, prrelid) || ')')
     from live
     join pg_publication_rel on prrelid = live.oid
     join pg_publication as publication on publication.oid = prpubid`,
];

const comments = [
  `select 6, format('comment on table ledger_entries is %L', description)
     from live
     join pg_description on classoid = 'pg_class'::regclass and objoid = live.oid and objsubid = 0`,
  `select 6, format('comment on column ledger_entries.%I is %L', attname, description)
     from live
     join pg_description on classoid = 'pg_class'::regclass and objoid = live.oid
     join pg_attribute on attrelid = live.oid and attnum = objsubid and attnum > 0`,
  `select 6, format('comment on index %I is %L', index.relname, description)
     from live
     join pg_index on indrelid = live.oid
     join pg_class as index on index.oid = indexrelid
     join pg_description on classoid = 'pg_class'::regclass and objoid = index.oid`,
  `select 6, format('comment on constraint %I on ledger_entries is %L', conname, description)
     from live
     join pg_constraint on conrelid = live.oid
     join pg_description on classoid = 'pg_constraint'::regclass and objoid = pg_constraint.oid`,
  `select 6, format('comment on trigger %I on ledger_entries is %L', tgname, description)
     from live
     join pg_trigger on tgrelid = live.oid
     join pg_description on classoid = 'pg_trigger'::regclass and objoid = pg_trigger.oid`,
];
