-- The ledger in segments, with the bounds of those of the log. A new installation begins with them. An older
-- ledger of postings is converted in place (src/projections/ledger/segments/convertLedger.ts), or a rebuild
-- replaces it. A ledger of legs has no segments.
--
-- The role of the service owns the ledger. The maker has the rights of the owner of the log, who belongs to
-- that role. So these functions name the schema of everything that is ours.

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- The parts of `ledger_postings`, or of the table of a rebuild, with the bounds that PostgreSQL keeps. The
-- part that a conversion left holds several segments of the log.
create function ours.ledger_parts(name text) returns table (part oid, from_position bigint, to_position bigint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select inhrelid, bounds[1]::bigint, bounds[2]::bigint
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
   cross join lateral regexp_match(pg_get_expr(relpartbound, inhrelid),
                                   'FROM \(''(\d+)''\) TO \(''(\d+)''\)') as bounds
   where inhparent = to_regclass(format('ours.%I', name))
$$;
$text$,

$text$
-- Takes the rights of others from a part, whose rows are read through its table.
create function ours.hide_ledger_part(child regclass) returns void
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
end
$$;
$text$,

$text$
-- Makes the parts that a table of postings lacks: one for each segment of the log that has positions above
-- `after`. Returns how many it made. Does nothing for a table without parts.
create function ours.make_ledger_parts(name text, after bigint) returns integer
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  parent regclass := to_regclass(format('ours.%I', name));
  parent_owner oid;
  wanted record;
  part text;
  child regclass;
  options text;
  made integer := 0;
begin
  select relowner into parent_owner from pg_class where oid = parent and relkind = 'p';
  if not found then
    return 0;
  end if;
  -- Storage settings that an operator gave the newest part.
  select string_agg(format('%I = %L', option_name, option_value), ', ')
    into options
    from (select reloptions
            from ours.ledger_parts('ledger_postings') as known
            join pg_class on pg_class.oid = known.part
           order by known.to_position desc
           limit 1) as newest
   cross join lateral pg_options_to_table(newest.reloptions);
  for wanted in
    select segment, from_position, to_position
      from ours.log_segments
     where to_position > after + 1
       and not exists (
             select
               from ours.ledger_parts(name) as known
              where known.from_position < log_segments.to_position
                and known.to_position > log_segments.from_position
           )
     order by segment
  loop
    part := format('%s_s%s', name, wanted.segment);
    child := to_regclass(format('ours.%I', part));
    if child is null then
      execute format('create table ours.%I (like %s including all excluding indexes)', part, parent);
      child := format('ours.%I', part)::regclass;
      if (select relowner from pg_class where oid = child) <> parent_owner then
        execute format('alter table %s owner to %I', child, pg_get_userbyid(parent_owner));
      end if;
      if options is not null then
        execute format('alter table %s set (%s)', child, options);
      end if;
      -- A table that a rebuild still fills has no indexes.
      if exists (select from pg_index where indrelid = parent and indisprimary) then
        execute format('alter table %s add constraint %I primary key (position, posting)', child, part || '_pkey');
        execute format('create index %I on %s (debit_wallet_id, position) where debit_wallet_id is not null',
                       part || '_debit', child);
        execute format('create index %I on %s (credit_wallet_id, position) where credit_wallet_id is not null',
                       part || '_credit', child);
      end if;
    end if;
    -- Somebody else's table of this name would give its owner rights over the ledger.
    if (select relowner from pg_class where oid = child) <> parent_owner then
      raise exception 'the table % belongs to another role than the ledger: rename it', child;
    end if;
    execute format('alter table %s attach partition %s for values from (%L) to (%L)', parent, child,
                   wanted.from_position, wanted.to_position);
    perform ours.hide_ledger_part(child);
    made := made + 1;
  end loop;
  return made;
end
$$;
$text$,

$text$
-- The check that a conversion begins with says which positions the plain table may hold. Without the
-- conversion the ledger would end there. So it goes if the head comes near, and the conversion begins anew.
create function ours.loosen_ledger_bounds(head bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (
       select
         from pg_constraint
        cross join lateral regexp_match(pg_get_constraintdef(oid), '< ''?(\d+)') as ends
        where conrelid = 'ours.ledger_postings'::regclass
          and conname = 'ledger_bounds'
          and head >= (select from_position from ours.log_segments where to_position = ends[1]::bigint)
     ) then
    alter table ours.ledger_postings drop constraint ledger_bounds;
  end if;
end
$$;
$text$,

$text$
-- Makes what the ledger lacks above its checkpoint, and returns how many parts it made. The drain calls it if
-- a position has no part.
create function ours.keep_ledger_segments() returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  head bigint;
begin
  perform pg_advisory_xact_lock(7261455);
  select position into head from ours.log_head;
  perform ours.loosen_ledger_bounds(head);
  return ours.make_ledger_parts('ledger_postings', least(head, coalesce(
    (select position from ours.projector_checkpoints where projection = 'ledger'), 0)));
end
$$;
$text$,

$text$
-- As in migration 0027, and the parts of the ledger. If the ledger can't take them now, the log goes on
-- without, because commands need it. The schedule asks for them again, and its run then fails.
create or replace function ours.keep_log_segments(width bigint, ahead bigint) returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  head bigint;
  last record;
  missing record;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(7261455);
  select position into head from ours.log_head;
  if not ours.log_is_segmented() then
    perform ours.loosen_log_bounds(head);
    return 0;
  end if;
  for missing in
    select segment, from_position, to_position
      from ours.log_segments
     -- A full segment may have lost its outbox rows, and needs nothing.
     where to_position > head + 1
       and (select count(*)
              from unnest(ours.segmented_tables()) as name
              join pg_inherits
                on inhparent = format('ours.%I', name)::regclass
               and inhrelid = to_regclass(format('ours.%I', format('%s_s%s', name, segment))))
           < cardinality(ours.segmented_tables())
     order by segment
  loop
    perform ours.make_log_segment(missing.segment, missing.from_position, missing.to_position);
    made := made + 1;
  end loop;
  loop
    select count(*) filter (where from_position > head) as empty,
           coalesce(max(to_position), head + 1) as next_position,
           coalesce(max(segment), 0) as segment,
           (array_agg(to_position - from_position order by segment desc))[1] as width
      into last
      from ours.log_segments;
    exit when made >= 8 or (last.empty >= 2 and last.next_position - 1 - head >= ahead);
    perform ours.make_log_segment(last.segment + 1, last.next_position,
                                  last.next_position + greatest(1, coalesce(width, last.width)));
    insert into ours.log_segments (segment, from_position, to_position)
    values (last.segment + 1, last.next_position, last.next_position + greatest(1, coalesce(width, last.width)));
    made := made + 1;
  end loop;
  begin
    perform ours.keep_ledger_segments();
  exception when others then
    raise warning 'the ledger has no part for a segment yet: %', sqlerrm;
  end;
  return made;
end
$$;
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function keep_ledger_segments(), make_ledger_parts(text, bigint), hide_ledger_part(regclass),
  loosen_ledger_bounds(bigint), ledger_parts(text) from public;
