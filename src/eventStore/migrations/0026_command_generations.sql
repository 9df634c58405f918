-- Idempotency records in generations: `idempotency_keys` has a partition for each, which is dropped whole. A
-- record is written into the generation that `log_head` names, and looked for in all of them
-- (src/eventStore/generations.ts).
--
-- A generation has its own primary key of `command_id`. The table above them declares none. That key would
-- have to contain the generation, and today's records would need a new index.
--
-- The role of the service does not own the records. So functions with the rights of the owner do this. They
-- name the schema of everything that is ours, because the service may create functions in that schema.

alter table log_head
  add column generation integer not null default 0,
  add constraint log_head_generation check (generation >= 0);

drop trigger log_head_never_falls on log_head;
create trigger log_head_never_falls
  before update on log_head
  for each row when (new.position < old.position or new.fence < old.fence or new.level < old.level
                     or new.generation < old.generation)
  execute function refuse_log_change();

create table command_generations (
  generation integer not null,
  -- Null until commands are written into it.
  began_at timestamptz,
  -- When commands began to be written into the next one.
  ended_at timestamptz,
  -- When the next generation should begin, or when this one should be dropped after its end.
  due_at timestamptz,
  dropped_at timestamptz,
  constraint command_generations_pkey primary key (generation),
  constraint command_generations_order check (
    (ended_at is null or began_at is not null) and (dropped_at is null or ended_at is not null)
  )
);

-- Today's records go back to the last prune.
insert into command_generations (generation, began_at)
select 0, coalesce((select pruned_before from prune_horizons where subject = 'idempotency records'), now());

-- The prune of generations has its own horizon. The release before still sweeps. It can't tell the pages of
-- one partition from those of another. With a horizon in the future it finds nothing to delete or to date
-- anew.
insert into prune_horizons (subject, pruned_before)
select 'idempotency generations', pruned_before
  from prune_horizons
 where subject = 'idempotency records';
alter table prune_horizons drop constraint prune_horizons_sweep;
update prune_horizons
   set pruned_before = '9999-01-01', sweep_began_at = null, sweep_before = null, sweep_file = null, sweep_block = null,
       refusal = null, refused_since = null
 where subject = 'idempotency records';

-- The release before inserts without a generation. A stable function sees the head as the statement does. The
-- statement writes only under the fence that was loaded, and a new generation raises the fence. So the
-- function gives the generation of that fence.
create function current_command_generation() returns integer
language sql stable
begin atomic
  select generation
    from log_head;
end;

-- No file is rewritten: every row has the generation 0 from here on.
alter table idempotency_keys
  add column generation integer not null default 0,
  add constraint idempotency_keys_generation check (generation = 0) not valid;
alter table idempotency_keys alter column generation set default current_command_generation();

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
create function ours.records_are_partitioned() returns boolean
language sql stable
begin atomic
  select exists (
    select
      from pg_class
     where oid = to_regclass('ours.idempotency_keys')
       and relkind = 'p'
  );
end;
$text$,

$text$
-- Takes the rights of others from a generation, whose rows are read through the table. Leaves the right to
-- analyse it to roles that may analyse the table.
create function ours.protect_command_generation(child regclass) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  others record;
begin
  for others in
    select distinct case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as name
      from pg_class
     cross join lateral (
           select (aclexplode(pg_class.relacl)).grantee
            union all
           select (aclexplode(attacl)).grantee
             from pg_attribute
            where attrelid = pg_class.oid
     ) as acl
     where pg_class.oid = child
       and acl.grantee <> pg_class.relowner
  loop
    execute format('revoke all on %s from %s cascade', child, others.name);
  end loop;
  for others in
    select distinct quote_ident(pg_get_userbyid(acl.grantee)) as name
      from pg_class
     cross join lateral aclexplode(relacl) as acl
     where pg_class.oid = 'ours.idempotency_keys'::regclass
       and acl.privilege_type = 'MAINTAIN'
       and acl.grantee not in (0, relowner)
  loop
    execute format('grant maintain on %s to %s', child, others.name);
  end loop;
end
$$;
$text$,

$text$
-- Proves that every row of the table is of generation 0, beside everything else. So the last step reads no
-- row.
create function ours.check_first_generation() returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not ours.records_are_partitioned() then
    alter table ours.idempotency_keys validate constraint idempotency_keys_generation;
  end if;
end
$$;
$text$,

$text$
-- The objects of others that depend on the table. A new table of its name would lose them.
create function ours.record_dependents() returns text[]
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select array_agg(found.name)
    from (
      select distinct pg_describe_object('pg_class'::regclass, ev_class, 0) as name
        from pg_depend
        join pg_rewrite
          on pg_rewrite.oid = objid
       where classid = 'pg_rewrite'::regclass
         and refclassid = 'pg_class'::regclass
         and refobjid = to_regclass('ours.idempotency_keys')
       union all
      select pg_describe_object('pg_trigger'::regclass, oid, 0)
        from pg_trigger
       where tgrelid = to_regclass('ours.idempotency_keys')
         and not tgisinternal
       union all
      select pg_describe_object('pg_publication_rel'::regclass, oid, 0)
        from pg_publication_rel
       where prrelid = to_regclass('ours.idempotency_keys')
    ) as found
$$;
$text$,

$text$
-- Makes the table generation 0 of a new table of its name, in one short database transaction. No file is
-- rewritten. Rights and policies go over to the new table. Returns whether it did so now. Gives up if it
-- waits for a lock, because later statements would queue after it.
create function ours.partition_records() returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $$
declare
  old regclass;
  kept text[];
  one text;
begin
  perform pg_advisory_xact_lock(7261456);
  lock table ours.idempotency_keys in access exclusive mode;
  if ours.records_are_partitioned() then
    return false;
  end if;
  old := 'ours.idempotency_keys'::regclass;
  if cardinality(ours.record_dependents()) > 0 then
    raise exception 'the records were not put into generations, because the new table would lose: %',
                    array_to_string(ours.record_dependents(), ', ')
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Keep the definition of each, drop it, and create it again afterwards.';
  end if;
  if not (select convalidated from pg_constraint where conrelid = old and conname = 'idempotency_keys_generation') then
    raise exception 'the generation of the records was not checked'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select array_agg(statements.sql order by statements.step)
    into kept
    from (
      select 1 as step, format('alter table ours.idempotency_keys owner to %I', pg_get_userbyid(relowner)) as sql
        from pg_class
       where pg_class.oid = old
         and relowner <> current_user::regrole
       union all
      select 2, format('alter table ours.idempotency_keys add constraint %I %s', conname, pg_get_constraintdef(oid))
        from pg_constraint
       where conrelid = old
         and contype = 'c'
         and conname <> 'idempotency_keys_generation'
       union all
      select 3, format('grant %s on ours.idempotency_keys to %s%s', acl.privilege_type,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_class
       cross join lateral aclexplode(relacl) as acl
       where pg_class.oid = old
         and acl.grantee <> relowner
       union all
      select 3, format('grant %s (%I) on ours.idempotency_keys to %s%s', acl.privilege_type, attname,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_attribute
       cross join lateral aclexplode(attacl) as acl
       where attrelid = old
         and not attisdropped
       union all
      select 4, format('create policy %I on ours.idempotency_keys as %s for %s to %s using (%s)%s', policyname,
                       permissive, cmd, (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                       coalesce(qual, 'true'), ' with check (' || with_check || ')')
        from pg_class
        join pg_policies
          on schemaname = relnamespace::regnamespace::text
         and tablename = relname
       where pg_class.oid = old
       union all
      select 5, 'alter table ours.idempotency_keys enable row level security'
        from pg_class
       where pg_class.oid = old
         and relrowsecurity
    ) as statements;
  alter table ours.idempotency_keys rename to idempotency_keys_g0;
  create table ours.idempotency_keys (like ours.idempotency_keys_g0 including defaults including storage
                                      including compression including comments) partition by list (generation);
  foreach one in array kept loop
    execute one;
  end loop;
  alter table ours.idempotency_keys attach partition ours.idempotency_keys_g0 for values in (0);
  alter table ours.idempotency_keys_g0 drop constraint idempotency_keys_generation;
  -- No row of a generation is ever updated or deleted, so a vacuum would only read it.
  alter table ours.idempotency_keys_g0 set (autovacuum_vacuum_insert_threshold = -1);
  perform ours.protect_command_generation('ours.idempotency_keys_g0'::regclass);
  return true;
end
$$;
$text$,

$text$
-- Makes the parts of a generation that are missing: none, some or all. So a run after a crash completes it.
-- Attaching blocks no command, because nothing else uses the new table yet. Returns whether it is the next
-- one.
create function ours.make_command_generation(number integer) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  name text := format('idempotency_keys_g%s', number);
  parent regclass := 'ours.idempotency_keys'::regclass;
  child regclass;
  options text;
begin
  perform pg_advisory_xact_lock(7261456);
  if number is distinct from (select generation + 1 from ours.log_head) then
    return false;
  end if;
  child := to_regclass(format('ours.%I', name));
  if child is null then
    execute format('create table ours.%I (like %s including all)', name, parent);
    child := format('ours.%I', name)::regclass;
    if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
      execute format('alter table %s owner to %I', child,
                     (select pg_get_userbyid(relowner) from pg_class where oid = parent));
    end if;
    execute format('alter table %s set (autovacuum_vacuum_insert_threshold = -1)', child);
    -- Storage settings that an operator gave the generation before.
    select string_agg(format('%I = %L', option_name, option_value), ', ')
      into options
      from pg_class
     cross join lateral pg_options_to_table(reloptions)
     where pg_class.oid = to_regclass(format('ours.idempotency_keys_g%s', number - 1));
    if options is not null then
      execute format('alter table %s set (%s)', child, options);
    end if;
  end if;
  -- The owner of another role's table would have rights over the records.
  if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
    raise exception 'the table % belongs to another role than the records: rename it', child;
  end if;
  if not exists (select from pg_index where indrelid = child and indisprimary) then
    execute format('alter table %s add constraint %I primary key (command_id)', child, name || '_pkey');
  end if;
  if not exists (select from pg_inherits where inhrelid = child and inhparent = parent) then
    execute format('alter table %s attach partition %s for values in (%s)', parent, child, number);
  end if;
  perform ours.protect_command_generation(child);
  insert into ours.command_generations (generation) values (number) on conflict do nothing;
  return true;
end
$$;
$text$,

$text$
-- Lets commands be written into the next generation. A batch that loaded before fails under its old fence,
-- and loads again. So it finds every record of the generation before.
--
-- The primary key that is written to is always called idempotency_keys_pkey. The release before knows a lost
-- race by that name. Renaming an index waits for no command. The lock of the log comes last, so it is
-- held for as short as the commit takes. Returns whether it switched now.
create function ours.switch_command_generation(number integer) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  next regclass := to_regclass(format('ours.idempotency_keys_g%s', number));
  at timestamptz;
begin
  perform pg_advisory_xact_lock(7261456);
  if number is distinct from (select generation + 1 from ours.log_head)
     or not exists (
          select
            from pg_inherits
            join pg_index
              on indrelid = inhrelid
             and indisprimary
             and indkey::text = (select attnum::text
                                   from pg_attribute
                                  where attrelid = inhrelid
                                    and attname = 'command_id')
           where inhrelid = next
             and inhparent = 'ours.idempotency_keys'::regclass
        ) then
    return false;
  end if;
  execute format('alter index ours.idempotency_keys_pkey rename to %I', format('idempotency_keys_g%s_pkey', number - 1));
  execute format('alter index ours.%I rename to idempotency_keys_pkey', format('idempotency_keys_g%s_pkey', number));
  update ours.log_head
     set generation = number, fence = fence + 1;
  -- Read under the lock, so every record of the generation is older.
  at := clock_timestamp();
  update ours.command_generations
     set ended_at = at, due_at = null
   where generation = number - 1;
  update ours.command_generations
     set began_at = at
   where generation = number;
  return true;
end
$$;
$text$,

$text$
-- Drops a generation that ended before `before`, and gives its place on the disk back. It waits for the
-- statements that read the table, and later statements queue after it. So it gives up soon. Returns whether
-- the generation is gone.
create function ours.drop_command_generation(number integer, before timestamptz) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '300ms'
as $$
declare
  old regclass := to_regclass(format('ours.idempotency_keys_g%s', number));
begin
  perform pg_advisory_xact_lock(7261456);
  if not exists (
       select
         from ours.command_generations
        where generation = number
          and ended_at < before
          and number < (select generation from ours.log_head)
     ) then
    return false;
  end if;
  if old is not null then
    execute format('drop table %s', old);
  end if;
  update ours.command_generations
     set dropped_at = clock_timestamp(), due_at = null
   where generation = number
     and dropped_at is null;
  delete from ours.command_generations
   where generation < number - 100;
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
revoke execute on function protect_command_generation(regclass), record_dependents(), check_first_generation(),
  partition_records(), make_command_generation(integer), switch_command_generation(integer),
  drop_command_generation(integer, timestamptz) from public;

-- Reading 256 MB takes less than a second. The upkeep does the same for a larger table beside the commands.
do $$
begin
  if pg_relation_size('idempotency_keys') <= 268435456 and record_dependents() is null then
    perform check_first_generation();
    perform partition_records();
  end if;
end
$$;
