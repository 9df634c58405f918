-- The conversion of an existing log: its tables become the first segment in place. The upkeep calls the steps
-- (src/eventStore/convertLog.ts), and a new installation calls them while its tables are empty.

-- As in migration 0024, with the ends of what is parked.
create or replace view outbox as
(select position, created_at, null::timestamptz as processed_at
   from outbox_rows
  where position > coalesce((select position from passed_position), 0)
    -- The highest position there can be. Between two bounds the planner expects few rows.
    and position <= (select 9223372036854775807)
  order by position)
  union all
(select position, created_at, null
   from outbox_rows
  where position <= (select position from passed_position)
    -- The array keeps the planner on the primary key, however many events it expects to be parked.
    and position = any(array(select position from parked_positions))
    -- The ends of that array keep the plan away from the segments outside of them.
    and position >= (select min(position) from parked_positions)
    and position <= (select max(position) from parked_positions)
  order by position)
  union all
(select position, created_at, created_at
   from outbox_rows
  where position <= (select position from passed_position)
    and not exists (
          select
            from parked_positions as parked
           where parked.position = outbox_rows.position
        )
  order by position);

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- Before the conversion a check says which positions the tables may hold. Without the conversion the log
-- would end there. So the check goes if the head comes near, and the conversion begins anew.
create function ours.loosen_log_bounds(head bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
begin
  if not exists (select from ours.log_segments where head >= from_position + (to_position - from_position) / 2) then
    return;
  end if;
  foreach name in array ours.segmented_tables() loop
    execute format('alter table ours.%I drop constraint if exists log_bounds', name);
  end loop;
  delete from ours.log_segments;
end
$$;
$text$,

$text$
-- The first step of a conversion: a check of the bounds of the first segment, on new rows alone.
create function ours.begin_log_conversion(to_at bigint) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  name text;
begin
  perform pg_advisory_xact_lock(7261455);
  if ours.log_is_segmented() or exists (select from ours.log_segments) then
    return;
  end if;
  foreach name in array ours.segmented_tables() loop
    execute format('alter table ours.%I drop constraint if exists log_bounds', name);
    execute format('alter table ours.%I add constraint log_bounds check (position >= 1 and position < %L::bigint) not valid',
                   name, to_at);
  end loop;
  insert into ours.log_segments (segment, from_position, to_position) values (1, 1, to_at);
end
$$;
$text$,

$text$
-- The second step: the check holds for every row. Reads both tables, beside everything else.
create function ours.check_log_bounds() returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
begin
  if ours.log_is_segmented() then
    return;
  end if;
  foreach name in array ours.segmented_tables() loop
    execute format('alter table ours.%I validate constraint log_bounds', name);
  end loop;
end
$$;
$text$,

$text$
-- The objects of others that depend on the tables of the log. A conversion would lose or change them.
create function ours.log_dependents() returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(distinct case
                              when rule.ev_class is not null and rule.ev_class <> live.oid
                              then pg_describe_object('pg_class'::regclass, rule.ev_class, 0)
                              else pg_describe_object(depend.classid, depend.objid, depend.objsubid)
                            end)
    from pg_class as live
    join pg_type as type
      on type.oid = live.reltype
    join pg_depend as depend
      on (depend.refclassid = 'pg_class'::regclass and depend.refobjid = live.oid)
      or (depend.refclassid = 'pg_type'::regclass and depend.refobjid in (type.oid, type.typarray))
    left join pg_rewrite as rule
      on depend.classid = 'pg_rewrite'::regclass
     and rule.oid = depend.objid
   where live.oid in (select format('ours.%I', name)::regclass from unnest(ours.segmented_tables()) as name)
     and depend.deptype <> 'i'
     and depend.classid not in ('pg_attrdef'::regclass, 'pg_policy'::regclass, 'pg_type'::regclass)
     and (rule.ev_class is null or rule.ev_class <> 'ours.outbox'::regclass)
     and not exists (
           select
             from pg_trigger
            where depend.classid = 'pg_trigger'::regclass
              and pg_trigger.oid = depend.objid
              and tgname = 'events_never_change'
         )
     and not exists (
           select
             from pg_constraint
            where depend.classid = 'pg_constraint'::regclass
              and pg_constraint.oid = depend.objid
              and (contype in ('c', 'n', 'p') or conname = 'events_wallet_version')
         )
$$;
$text$,

$text$
-- Makes one table the first segment of a new table of its name. No file is rewritten. Rights and policies go
-- over to the new table.
create function ours.convert_log_table(name text, from_at bigint, to_at bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  old regclass := format('ours.%I', name)::regclass;
  kept text[];
  one text;
begin
  select array_agg(statements.sql order by statements.step)
    into kept
    from (
      select 1 as step, format('alter table ours.%I owner to %I', name, pg_get_userbyid(relowner)) as sql
        from pg_class
       where pg_class.oid = old
         and relowner <> current_user::regrole
       union all
      select 2, format('alter table ours.%I add constraint %I %s', name, conname, pg_get_constraintdef(oid))
        from pg_constraint
       where conrelid = old
         and contype = 'c'
         and conname <> 'log_bounds'
       union all
      select 2, format('alter table ours.%I add constraint %I primary key (position)', name, name || '_pkey')
       union all
      select 3, pg_get_triggerdef(oid)
        from pg_trigger
       where tgrelid = old
         and not tgisinternal
       union all
      select 4, format('grant %s on ours.%I to %s%s', acl.privilege_type, name,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_class
       cross join lateral aclexplode(relacl) as acl
       where pg_class.oid = old
         and acl.grantee <> relowner
       union all
      select 4, format('grant %s (%I) on ours.%I to %s%s', acl.privilege_type, attname, name,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_attribute
       cross join lateral aclexplode(attacl) as acl
       where attrelid = old
         and not attisdropped
       union all
      select 5, format('create policy %I on ours.%I as %s for %s to %s using (%s)%s', policyname, name, permissive,
                       cmd, (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                       coalesce(qual, 'true'), ' with check (' || with_check || ')')
        from pg_class
        join pg_policies
          on schemaname = relnamespace::regnamespace::text
         and tablename = relname
       where pg_class.oid = old
       union all
      select 6, format('alter table ours.%I enable row level security', name)
        from pg_class
       where pg_class.oid = old
         and relrowsecurity
    ) as statements;

  execute format('alter table %s rename to %I', old, name || '_s1');
  execute format('alter table %s rename constraint %I to %I', old, name || '_pkey', name || '_s1_pkey');
  if name = 'events' then
    execute format('alter table %s rename constraint events_wallet_version to events_s1_wallet_version', old);
    execute format('drop trigger events_never_change on %s', old);
  end if;
  execute format('create table ours.%I (like %s including defaults including generated including storage '
                 'including compression including comments) partition by range (position)', name, old);
  foreach one in array kept loop
    execute one;
  end loop;
  execute format('alter table ours.%I attach partition %s for values from (%L) to (%L)', name, old, from_at, to_at);
  execute format('alter table %s drop constraint if exists log_bounds', old);
  perform ours.protect_log_segment(format('ours.%I', name)::regclass, old);
end
$$;
$text$,

$text$
-- The last step, in one short database transaction: the tables become the first segment. Returns whether it
-- did so now. Gives up soon if it has to wait for a lock, because later statements queue after it.
create function ours.finish_log_conversion() returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '500ms'
as $$
declare
  first record;
  dependents text[] := ours.log_dependents();
  shown text;
  rules text[];
  name text;
  one text;
begin
  perform pg_advisory_xact_lock(7261455);
  if ours.log_is_segmented() then
    return false;
  end if;
  select from_position, to_position into strict first from ours.log_segments where segment = 1;
  if cardinality(dependents) > 0 then
    raise exception 'the log was not cut into segments, because the new tables would lose: %',
                    array_to_string(dependents, ', ')
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Keep the definition of each, drop it, and create it again after the conversion.';
  end if;
  foreach name in array ours.segmented_tables() loop
    execute format('lock table ours.%I in access exclusive mode', name);
  end loop;
  shown := pg_get_viewdef('ours.outbox'::regclass);
  select array_agg(regexp_replace(pg_get_ruledef(oid), '^CREATE RULE', 'CREATE OR REPLACE RULE'))
    into rules
    from pg_rewrite
   where ev_class = 'ours.outbox'::regclass
     and rulename <> '_RETURN';
  foreach name in array ours.segmented_tables() loop
    perform ours.convert_log_table(name, first.from_position, first.to_position);
  end loop;
  execute 'create or replace view ours.outbox as ' || shown;
  foreach one in array rules loop
    execute one;
  end loop;
  return true;
end
$$;
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function begin_log_conversion(bigint), check_log_bounds(), finish_log_conversion(),
  convert_log_table(text, bigint, bigint), loosen_log_bounds(bigint), log_dependents() from public;
