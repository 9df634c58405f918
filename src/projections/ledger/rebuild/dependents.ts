// Finds what others hung on the ledger's table and a new table would lose: views, foreign keys, triggers,
// policies. Runs before a rebuild begins, and again under the lock of the swap. PostgreSQL's catalogs show
// the objects of every role. Invariant: whatever is neither our own nor kept by `keptAttributes` is named.
// Views on the view `ledger_entries` stay, because a rebuild replaces it in place and does not drop it.
import type { PoolClient } from 'pg';
import { wallPolicy } from '../../../eventStore/readWall.ts';
import { UnrecoverableError } from '../../projection.ts';
import type { LedgerForm } from '../forms/ledgerForm.ts';

/** A table that the swap replaces, and the parts that the swap makes again. */
interface Replaced {
  readonly live: string;
  /** The new table; null if the new ledger has no table of this form. */
  readonly made: string | null;
  readonly columns: readonly string[];
  /** Indexes, the primary key, and triggers. */
  readonly parts: readonly string[];
}

const legs: Replaced = {
  live: 'ledger_entries',
  made: 'ledger_entries_rebuild',
  columns: [
    ...['position', 'leg', 'account', 'direction', 'amount_minor', 'currency'],
    ...['balance_after_minor', 'occurred_at'],
  ],
  parts: [
    ...['ledger_entries_pkey', 'ledger_entries_account'],
    ...['ledger_entries_balanced_on_insert', 'ledger_entries_balanced_on_update'],
    ...['ledger_entries_balanced_behind_update', 'ledger_entries_balanced_on_delete'],
  ],
};

const postings: Replaced = {
  live: 'ledger_postings',
  made: 'ledger_postings_rebuild',
  columns: [
    ...['position', 'posting', 'pending', 'debit_wallet_id', 'credit_wallet_id', 'amount_minor', 'currency'],
    ...['debit_balance_after_minor', 'credit_balance_after_minor', 'occurred_at'],
  ],
  parts: ['ledger_postings_pkey', 'ledger_postings_debit', 'ledger_postings_credit'],
};

/** A table of legs that becomes postings. It is dropped with its checks, and a view takes its name. */
const legsThatEnd: Replaced = {
  ...legs,
  made: null,
  parts: [
    ...legs.parts,
    ...['ledger_entries_leg', 'ledger_entries_direction', 'ledger_entries_amount'],
    'ledger_entries_balance_after',
  ],
};

/** A refusal names so many of them. */
const namedMax = 20;

/**
 * Throws an UnrecoverableError that names what hangs on the live tables and can't be kept. The table of the
 * rebuild must exist, because checks that it has already are kept.
 */
export async function refuseDependents(client: PoolClient, from: LedgerForm, to: LedgerForm): Promise<void> {
  const replaced = to === 'legs' ? [legs] : from === 'legs' ? [legsThatEnd, postings] : [postings];
  const things: string[] = [];
  for (const one of replaced) things.push(...(await findDependents(client, one)));
  if (things.length === 0) return;
  throw new UnrecoverableError(
    `the ledger was not rebuilt, because a new table would lose: ${listed(things)}. Keep the definition of each, drop it, rebuild, and create it again. The ledger in use has not changed`,
  );
}

/** As refuseDependents, for a ledger of postings whose table becomes the first segment of `made`. */
export async function refuseDependentsOfConversion(client: PoolClient, made: string): Promise<void> {
  const things = await findDependents(client, {
    ...postings,
    made,
    parts: [...postings.parts, 'ledger_bounds'],
  });
  if (things.length === 0) return;
  throw new UnrecoverableError(
    `the ledger was not cut into segments, because a new table would lose: ${listed(things)}. Keep the definition of each, drop it, and create it again after the conversion`,
  );
}

async function findDependents(
  client: PoolClient,
  { live, made, columns, parts }: Replaced,
): Promise<readonly string[]> {
  const { rows } = await client.query<{ thing: string }>(dependentsQuery, [columns, parts, live, made]);
  const { rows: ofParts } = await client.query<{ thing: string }>(dependentsOfParts, [live]);
  return [...rows, ...ofParts].map(({ thing }) => thing);
}

function listed(things: readonly string[]): string {
  const named = things.slice(0, namedMax);
  if (things.length > namedMax) named.push(`${things.length - namedMax} more`);
  return named.join('; ');
}

/** A segment is read through its table, so policies of its own have no effect. */
const dependentsOfParts = `
  select distinct case
                    when rule.ev_class is not null then pg_describe_object('pg_class'::regclass, rule.ev_class, 0)
                    else pg_describe_object(depend.classid, depend.objid, depend.objsubid)
                  end as thing
    from pg_inherits as part
    join pg_depend as depend
      on depend.refclassid = 'pg_class'::regclass
     and depend.refobjid = part.inhrelid
    left join pg_rewrite as rule
      on depend.classid = 'pg_rewrite'::regclass
     and rule.oid = depend.objid
   where part.inhparent = $1::text::regclass
     and depend.deptype <> 'i'
     and depend.classid not in ('pg_policy'::regclass, 'pg_attrdef'::regclass)
     and not exists (
           select
             from pg_inherits as index
            where depend.classid = 'pg_class'::regclass
              and index.inhrelid = depend.objid
         )
     and not exists (
           select
             from pg_constraint as had
            where depend.classid = 'pg_constraint'::regclass
              and had.oid = depend.objid
              and (had.contype in ('n', 'p') or had.coninhcount > 0 or had.conparentid <> 0)
         )
   order by thing`;

/** Every dependent object is in pg_depend. The rest are properties of the table itself. */
const dependentsQuery = `
  with live as (
    select class.oid, class.reltype, type.typarray, class.reltoastrelid, class.relowner, class.relnamespace,
           class.relrowsecurity
      from pg_class as class
      join pg_type as type on type.oid = class.reltype
     where class.oid = $3::text::regclass
  ),
  dependent as (
    select depend.classid, depend.objid, depend.objsubid
      from live
      join pg_depend as depend
        on (depend.refclassid = 'pg_class'::regclass and depend.refobjid = live.oid)
        or (depend.refclassid = 'pg_type'::regclass and depend.refobjid in (live.reltype, live.typarray))
  ),
  own as (
    select 'pg_class'::regclass::oid as classid, index.oid as objid
      from live
      join pg_index on indrelid = live.oid
      join pg_class as index on index.oid = indexrelid
     where index.relname = any($2::text[])
     union all
    -- The segments of the ledger, which dependentsOfParts looks at.
    select 'pg_class'::regclass, inhrelid
      from live
      join pg_inherits on inhparent = live.oid
      join pg_class as part on part.oid = inhrelid and part.relispartition
     union all
    -- The column by which it is cut depends on it.
    select 'pg_class'::regclass, live.oid
      from live
     union all
    select 'pg_class'::regclass, reltoastrelid
      from live
     union all
    select 'pg_type'::regclass, unnest(array[reltype, typarray])
      from live
     union all
    select 'pg_trigger'::regclass, trigger.oid
      from live
      join pg_trigger as trigger
        on trigger.tgisinternal
        or (trigger.tgrelid = live.oid and trigger.tgname = any($2::text[]))
     union all
    select 'pg_constraint'::regclass, had.oid
      from live
      join pg_constraint as had on had.conrelid = live.oid
     where (had.contype in ('p', 'c') and had.conname = any($2::text[]))
        or (had.contype = 'n' and $4::text is null)
        -- Part of a foreign key to a table with partitions, which is named itself.
        or had.conparentid <> 0
        or exists (
             select
               from pg_constraint as has
              where has.conrelid = $4::text::regclass
                and has.contype in ('c', 'n')
                and has.conname = had.conname
                and pg_get_constraintdef(has.oid) = pg_get_constraintdef(had.oid)
           )
     union all
    select 'pg_publication_rel'::regclass, member.oid
      from live
      join pg_publication_rel as member on member.prrelid = live.oid
      join pg_publication as publication on publication.oid = member.prpubid
     where pg_has_role(publication.pubowner, 'usage')
       and $4::text is not null
     union all
    select 'pg_policy'::regclass, wall.oid
      from live
      join pg_policy as wall on wall.polrelid = live.oid and wall.polname = '${wallPolicy}'
     where $4::text is not null
     union all
    select 'pg_rewrite'::regclass, shown.oid
      from live
      join pg_rewrite as shown on shown.ev_class = to_regclass('ledger_entries') and shown.ev_class <> live.oid
  )
  select case
           when rule.ev_class <> live.oid then pg_describe_object('pg_class'::regclass, rule.ev_class, 0)
           else pg_describe_object(dependent.classid, dependent.objid, dependent.objsubid)
         end as thing
    from live
   cross join dependent
    left join pg_rewrite as rule
      on rule.oid = dependent.objid
     and dependent.classid = 'pg_rewrite'::regclass
   where not exists (
           select
             from own
            where own.classid = dependent.classid
              and own.objid = dependent.objid
         )
   union
  select format('column %I', attname)
    from live
    join pg_attribute on attrelid = live.oid
   where attnum > 0
     and not attisdropped
     and attname <> all($1::text[])
   union
  select 'row-level security'
    from live
   where relrowsecurity
     and ($4::text is null
          or not exists (select from pg_policy where polrelid = live.oid and polname = '${wallPolicy}'))
   union
  select format('inheritance from %s', inhparent::regclass)
    from live
    join pg_inherits on inhrelid = live.oid
   union
  select format('security label of %s', label.provider)
    from live
    join pg_seclabel as label on label.objoid = live.oid and label.classoid = 'pg_class'::regclass
   union
  select format('owner %I, for whom %I may not act', pg_get_userbyid(relowner), current_user)
    from live
   where not pg_has_role(relowner, 'usage')
      or (relowner <> current_user::regrole
          and not (pg_has_role(relowner, 'set') and has_schema_privilege(relowner, relnamespace, 'create')))
   order by thing`;
