// Finds what others hung on the ledger's table and a new table would lose: views, foreign keys, triggers,
// policies. Runs before a rebuild begins, and again under the lock of the swap. PostgreSQL's catalogs show
// the objects of every role. Invariant: whatever is neither our own nor kept by `keptAttributes` is named.
// Views on the view `ledger_entries` stay, because a rebuild replaces it in place and does not drop it.
import type { PoolClient } from 'pg';
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
  for (const { live, made, columns, parts } of replaced) {
    const { rows } = await client.query<{ thing: string }>(dependentsQuery, [columns, parts, live, made]);
    things.push(...rows.map(({ thing }) => thing));
  }
  if (things.length === 0) return;
  const named = things.slice(0, namedMax);
  if (things.length > namedMax) named.push(`${things.length - namedMax} more`);
  throw new UnrecoverableError(
    `the ledger was not rebuilt, because a new table would lose: ${named.join('; ')}. Keep the definition of each, drop it, rebuild, and create it again. The ledger in use has not changed`,
  );
}

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
