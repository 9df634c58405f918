-- The log in segments: ranges of positions, with one partition each of `events` and `outbox_rows`. A new
-- installation begins with segments. An existing one keeps its tables until the upkeep converts them in place
-- (migration 0029).
--
-- The role of the service owns no table of the log. So functions with the rights of the owner do this. They
-- name the schema of everything that is ours, because the service may create functions in that schema.

create table log_segments (
  segment integer not null,
  from_position bigint not null,
  -- Not included.
  to_position bigint not null,
  made_at timestamptz not null default clock_timestamp(),
  -- When the outbox rows of the segment were dropped.
  outbox_dropped_at timestamptz,
  constraint log_segments_pkey primary key (segment),
  constraint log_segments_bounds check (from_position >= 1 and from_position < to_position),
  constraint log_segments_from unique (from_position)
);

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- Every table that is cut into segments, in the order in which they are locked. It is that of the append.
create function ours.segmented_tables() returns text[]
language sql immutable
return array['outbox_rows', 'events'];
$text$,

$text$
-- The table is looked up by its name at each call, because a conversion puts another one in its place.
create function ours.log_is_segmented() returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
      from pg_class
     where oid = to_regclass('ours.events')
       and relkind = 'p'
  )
$$;
$text$,

$text$
-- A segment is written through its table. A statement that names the segment itself is refused. Rows that
-- come through the table fire no trigger of this kind.
create function ours.refuse_segment_write() returns trigger
language plpgsql as $$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    return null;
  end if;
  raise exception '% on % is refused: a segment of the log is written through its table', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$$;
$text$,

$text$
-- Takes the rights of others from a segment, whose rows are read through its table. Leaves the right to
-- analyse it to whom may analyse the table.
create function ours.protect_log_segment(parent regclass, child regclass) returns void
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
     cross join lateral aclexplode(pg_class.relacl) as acl
     where pg_class.oid = parent
       and acl.privilege_type = 'MAINTAIN'
       and acl.grantee not in (0, pg_class.relowner)
  loop
    execute format('grant maintain on %s to %s', child, others.name);
  end loop;
  if not exists (select from pg_trigger where tgrelid = child and tgname = 'segment_never_written') then
    execute format('create trigger segment_never_written before insert or update or delete or truncate on %s '
                   'for each statement execute function ours.refuse_segment_write()', child);
  end if;
end
$$;
$text$,

$text$
-- Makes the parts of a segment that are missing: none, some or all. So a run after a crash completes it.
create function ours.make_log_segment(number integer, from_at bigint, to_at bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  name text;
  part text;
  parent regclass;
  child regclass;
  before regclass;
  options text;
begin
  foreach name in array ours.segmented_tables() loop
    parent := format('ours.%I', name)::regclass;
    part := format('%s_s%s', name, number);
    child := to_regclass(format('ours.%I', part));
    if child is null then
      execute format('create table ours.%I (like %s including all)', part, parent);
      child := format('ours.%I', part)::regclass;
      if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
        execute format('alter table %s owner to %I', child,
                       (select pg_get_userbyid(relowner) from pg_class where oid = parent));
      end if;
      -- Storage settings that an operator gave the segment before.
      before := to_regclass(format('ours.%I', format('%s_s%s', name, number - 1)));
      select string_agg(format('%I = %L', option_name, option_value), ', ')
        into options
        from pg_class
       cross join lateral pg_options_to_table(reloptions)
       where pg_class.oid = before;
      if options is not null then
        execute format('alter table %s set (%s)', child, options);
      end if;
    end if;
    -- Somebody else's table of this name would give its owner rights over the log.
    if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
      raise exception 'the table % belongs to another role than the log: rename it', child;
    end if;
    -- Another relation may have the name of the index, so the constraint itself is looked for.
    if name = 'events' and not exists (
         select
           from pg_constraint
          where conrelid = child
            and contype = 'u'
            and conname = part || '_wallet_version'
       ) then
      execute format('alter table %s add constraint %I unique (wallet_id, version)', child, part || '_wallet_version');
    end if;
    if not exists (select from pg_inherits where inhrelid = child and inhparent = parent) then
      execute format('alter table %s attach partition %s for values from (%L) to (%L)', parent, child, from_at, to_at);
    end if;
    perform ours.protect_log_segment(parent, child);
  end loop;
end
$$;
$text$,

$text$
-- Makes segments until two are empty and `ahead` positions are free. One call makes eight at most. A new one
-- has `width` positions, or as many as the last one. Returns how many it made. Waits while another call runs.
create function ours.keep_log_segments(width bigint, ahead bigint) returns integer
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
  return made;
end
$$;
$text$,

$text$
-- Drops the outbox rows of the oldest segment that has them, and returns how many. Null if that segment has
-- to stay: it is not full, a required projection has not passed it or has parked an event of it, or a row of
-- it is not older than `before`.
create function ours.drop_outbox_segment(before timestamptz) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '250ms'
as $$
declare
  oldest record;
  dropped record;
  part text;
begin
  perform pg_advisory_xact_lock(7261455);
  select segment, from_position, to_position
    into oldest
    from ours.log_segments
   where outbox_dropped_at is null
   order by segment
   limit 1;
  if not found or not ours.log_is_segmented()
     or oldest.to_position - 1 > coalesce((select position from ours.passed_position), 0)
     or exists (select
                  from ours.parked_positions
                 where position >= oldest.from_position
                   and position < oldest.to_position)
     or exists (select
                  from ours.outbox_rows
                 where position = oldest.to_position - 1
                   and created_at >= before) then
    return null;
  end if;
  select count(*) as rows, max(created_at) as newest
    into dropped
    from ours.outbox_rows
   where position >= oldest.from_position
     and position < oldest.to_position;
  if dropped.newest >= before then
    return null;
  end if;
  -- The check for lost rows begins above. It would take the dropped rows for lost ones.
  update ours.outbox_upkeep
     set pruned_through = greatest(pruned_through, oldest.to_position - 1);
  update ours.log_segments
     set outbox_dropped_at = clock_timestamp()
   where segment = oldest.segment;
  part := format('ours.%I', format('outbox_rows_s%s', oldest.segment));
  if to_regclass(part) is not null then
    execute format('drop table %s', part);
  end if;
  return dropped.rows;
end
$$;
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function keep_log_segments(bigint, bigint), drop_outbox_segment(timestamptz),
  make_log_segment(integer, bigint, bigint), protect_log_segment(regclass, regclass) from public;
