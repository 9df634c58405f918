-- The archive of the log: a segment that nobody needs any more goes to files, is detached and is dropped. It
-- can be restored from its file. Nothing happens before an operator configures the archive.
--
-- The role of the service owns no table of the log. So functions with the rights of the owner do this, as in
-- migration 0027. They decide again what the service has decided, because a dropped segment is gone.

create table log_archive_segments (
  segment integer not null,
  -- The last step that is done.
  step text collate "C" not null default 'sealed',
  -- The columns of `events` when the segment was sealed. The checksum and the files are about these.
  columns text[] collate "C" not null,
  events bigint not null,
  checksum text collate "C" not null,
  occurred_from timestamptz not null,
  occurred_to timestamptz not null,
  file text collate "C",
  bytes bigint,
  sha256 text collate "C",
  manifest_sha256 text collate "C",
  sealed_at timestamptz not null default clock_timestamp(),
  exported_at timestamptz,
  verified_at timestamptz,
  opened_at timestamptz,
  detached_at timestamptz,
  dropped_at timestamptz,
  -- Since then the segment is attached again, and it stays so until an operator releases it.
  restored_at timestamptz,
  -- The reason for which the last step failed.
  problem text,
  problem_at timestamptz,
  constraint log_archive_segments_pkey primary key (segment),
  constraint log_archive_segments_step check (
    step in ('sealed', 'exported', 'verified', 'opened', 'detached', 'dropped')
  ),
  constraint log_archive_segments_events check (events >= 1),
  constraint log_archive_segments_checksum check (checksum ~ '^[0-9a-f]{64}$'),
  constraint log_archive_segments_file check (
    step = 'sealed'
    or (file is not null and bytes is not null and sha256 ~ '^[0-9a-f]{64}$' and manifest_sha256 ~ '^[0-9a-f]{64}$')
  ),
  constraint log_archive_segments_problem check (
    char_length(problem) <= 1000 and (problem is null) = (problem_at is null)
  )
);

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- Tables whose part of a segment is detached and dropped with the events. The outbox has lost its part
-- before. A table may join once it can be restored.
create function ours.archived_tables() returns text[]
language sql immutable
return array['events'];
$text$,

$text$
-- Why a segment can't be archived yet, in one word; null if it can.
create function ours.archive_hindrance(number integer, before timestamptz) returns text
language sql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select case
           -- src/eventStore/levels.ts. A process of the release before would miss the archived events.
           when (select level from ours.log_head) < 11 then 'levels'
           when (select position from ours.log_head) < to_position - 1 then 'filling'
           when exists (select
                          from ours.events
                         where position = to_position - 1
                           and occurred_at >= before) then 'young'
           when coalesce((select position from ours.passed_position), 0) < to_position - 1 then 'projections'
           when exists (select
                          from ours.parked_positions
                         where position >= from_position
                           and position < to_position) then 'parked'
           when exists (select
                          from ours.webhook_endpoints
                         where state = 'enabled'
                           and position < to_position - 1)
             or exists (select
                          from ours.webhook_deliveries
                         where state = 'pending'
                           and position < to_position)
             or exists (select
                          from ours.webhook_replays
                         where ended_at is null
                           and position < to_position - 1) then 'webhooks'
           when (select sums_through from ours.ledger_form) < to_position - 1 then 'sums'
           when outbox_dropped_at is null then 'outbox'
         end
    from ours.log_segments
   where segment = number
$$;
$text$,

$text$
-- How each column of the events is written in the text of a row, is read from a file, and is stored. Texts
-- come with their length, so no two rows have the same text.
create function ours.archive_columns(columns text[])
  returns table (place bigint, name text, written text, given text, stored text)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  unsupported text;
begin
  select string_agg(format('%s %s', wanted, coalesce(format_type(atttypid, null), 'is missing')), ', ')
    into unsupported
    from unnest(columns) as wanted
    left join pg_attribute
      on attrelid = 'ours.events'::regclass
     and attname = wanted
     and not attisdropped
   where atttypid is null
      or atttypid not in ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'text'::regtype,
                          'jsonb'::regtype, 'uuid'::regtype, 'timestamptz'::regtype);
  if unsupported is not null then
    raise exception 'events can not be archived with these columns: %', unsupported;
  end if;
  return query
  select wanted.place,
         wanted.name,
         case
           when atttypid in ('text'::regtype, 'jsonb'::regtype)
           then format('coalesce(octet_length(%1$I::text) || '':'' || %1$I::text, ''-'')', wanted.name)
           when atttypid = 'timestamptz'::regtype
           then format('coalesce((extract(epoch from %I) * 1000000)::bigint::text, ''-'')', wanted.name)
           else format('coalesce(%I::text, ''-'')', wanted.name)
         end,
         format('%I %s', wanted.name,
                case
                  when atttypid in ('text'::regtype, 'jsonb'::regtype, 'uuid'::regtype) then 'text'
                  else 'bigint'
                end),
         case
           when atttypid = 'timestamptz'::regtype
           then format('timestamptz ''epoch'' + given.%I * interval ''1 microsecond''', wanted.name)
           else format('given.%I::%s', wanted.name, format_type(atttypid, null))
         end
    from unnest(columns) with ordinality as wanted (name, place)
    join pg_attribute
      on attrelid = 'ours.events'::regclass
     and attname = wanted.name;
end
$$;
$text$,

$text$
-- Counts the events of a table and computes their checksum: SHA-256 over the texts of 4,096 positions, each
-- begun with the checksum of those before. src/archive/checksum.ts computes the same from a file.
create function ours.log_checksum(source regclass, columns text[], from_at bigint, to_at bigint,
                                  out events bigint, out checksum text,
                                  out occurred_from timestamptz, out occurred_to timestamptz)
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
  running bytea := '';
  begun bigint := from_at;
  chunk record;
  statement text;
begin
  select format('select count(*) as events, min(occurred_at) as occurred_from, max(occurred_at) as occurred_to, '
                'sha256($1 || convert_to(string_agg(concat_ws('','', %s), E''\n'' order by position), ''UTF8'')) as checksum '
                'from %s where position >= $2 and position < $3',
                string_agg(written, ', ' order by place), source)
    into statement
    from ours.archive_columns(columns);
  events := 0;
  while begun < to_at loop
    execute statement into chunk using running, begun, least(begun + 4096, to_at);
    if chunk.events > 0 then
      events := events + chunk.events;
      running := chunk.checksum;
      occurred_from := least(occurred_from, chunk.occurred_from);
      occurred_to := greatest(occurred_to, chunk.occurred_to);
    end if;
    begun := begun + 4096;
  end loop;
  checksum := encode(running, 'hex');
end
$$;
$text$,

$text$
-- Seals a segment: counts its events and keeps their checksum. Returns null, or why it can't be sealed yet.
create function ours.seal_log_segment(number integer, before timestamptz) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  bounds record;
  kept text[];
  sums record;
  hindrance text;
begin
  perform pg_advisory_xact_lock(7261456);
  if exists (select from ours.log_archive_segments where segment = number) then
    return null;
  end if;
  select from_position, to_position into strict bounds from ours.log_segments where segment = number;
  if exists (select
               from ours.log_segments as earlier
              where earlier.segment < number
                and not exists (select
                                  from ours.log_archive_segments
                                 where segment = earlier.segment)) then
    return 'order';
  end if;
  hindrance := ours.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  select array_agg(attname::text order by attnum)
    into kept
    from pg_attribute
   where attrelid = 'ours.events'::regclass
     and attnum > 0
     and not attisdropped;
  select *
    into sums
    from ours.log_checksum(format('ours.%I', format('events_s%s', number))::regclass, kept,
                           bounds.from_position, bounds.to_position);
  if sums.events <> bounds.to_position - bounds.from_position then
    raise exception 'segment % has % events instead of %: it is not archived', number, sums.events,
                    bounds.to_position - bounds.from_position
      using errcode = 'data_corrupted';
  end if;
  if sums.occurred_to >= before then
    return 'young';
  end if;
  insert into ours.log_archive_segments (segment, columns, events, checksum, occurred_from, occurred_to)
  values (number, kept, sums.events, sums.checksum, sums.occurred_from, sums.occurred_to);
  return null;
end
$$;
$text$,

$text$
create function ours.note_archive_export(number integer, file text, bytes bigint, sha256 text, manifest text)
  returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update ours.log_archive_segments
     set step = 'exported',
         file = note_archive_export.file,
         bytes = note_archive_export.bytes,
         sha256 = note_archive_export.sha256,
         manifest_sha256 = manifest,
         exported_at = clock_timestamp()
   where segment = number
     and step in ('sealed', 'exported');
  if not found then
    raise exception 'segment % is not exported now', number using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$$;
$text$,

$text$
-- The file was read. What it has must be what was sealed.
create function ours.note_archive_verified(number integer, sha256 text, events bigint, checksum text) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update ours.log_archive_segments as sealed
     set step = 'verified',
         verified_at = clock_timestamp(),
         problem = null,
         problem_at = null
   where segment = number
     and step = 'exported'
     and sealed.sha256 = note_archive_verified.sha256
     and sealed.events = note_archive_verified.events
     and sealed.checksum = note_archive_verified.checksum;
  if not found then
    raise exception 'segment % is not verified: it is not exported, or its file has other events', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$$;
$text$,

$text$
create function ours.note_archive_opened(number integer) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  update ours.log_archive_segments
     set step = 'opened',
         opened_at = clock_timestamp()
   where segment = number
     and step = 'verified'
     and (select archived_through from ours.log_archive)
         >= (select to_position - 1 from ours.log_segments where segment = number);
  if not found then
    raise exception 'segment % is not opened: it is not verified, or the opening state ends before it', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$$;
$text$,

$text$
-- A file that fails its verification is written again, as long as the segment is still there.
create function ours.note_archive_problem(number integer, words text) returns void
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
  update ours.log_archive_segments
     set problem = left(words, 1000),
         problem_at = clock_timestamp(),
         step = case step when 'exported' then 'sealed' else step end
   where segment = number
$$;
$text$,

$text$
-- Detaches a segment. Returns null, or why it has to stay. Gives up soon if it has to wait for a lock,
-- because every append queues after it.
create function ours.detach_log_segment(number integer, before timestamptz) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '250ms'
as $$
declare
  sealed record;
  hindrance text;
  name text;
  child regclass;
begin
  perform pg_advisory_xact_lock(7261456);
  perform pg_advisory_xact_lock(7261455);
  select step, to_position, archived_through
    into strict sealed
    from ours.log_archive_segments
    join ours.log_segments using (segment)
   cross join ours.log_archive
   where segment = number;
  if sealed.step = 'detached' then
    return null;
  end if;
  if sealed.step <> 'opened' or sealed.archived_through < sealed.to_position - 1 then
    raise exception 'segment % is not detached: it is not opened', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  hindrance := ours.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  foreach name in array ours.archived_tables() loop
    child := to_regclass(format('ours.%I', format('%s_s%s', name, number)));
    if exists (select from pg_inherits where inhrelid = child) then
      execute format('alter table ours.%I detach partition %s', name, child);
    end if;
  end loop;
  update ours.log_segments
     set state = 'detached'
   where segment = number;
  update ours.log_archive_segments
     set step = 'detached',
         detached_at = clock_timestamp(),
         restored_at = null
   where segment = number;
  return null;
end
$$;
$text$,

$text$
-- Drops a segment that was detached before `before`. Returns whether it is gone.
create function ours.drop_log_segment(number integer, before timestamptz) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  kept record;
  name text;
begin
  perform pg_advisory_xact_lock(7261456);
  select step, detached_at, state, outbox_dropped_at, archived_through, to_position
    into strict kept
    from ours.log_archive_segments
    join ours.log_segments using (segment)
   cross join ours.log_archive
   where segment = number;
  if kept.step = 'dropped' and kept.state = 'dropped' then
    return true;
  end if;
  if kept.step <> 'detached' or kept.state <> 'detached' or kept.outbox_dropped_at is null
     or kept.archived_through < kept.to_position - 1 then
    raise exception 'segment % is not dropped: it is not detached', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  if kept.detached_at >= before then
    return false;
  end if;
  foreach name in array ours.archived_tables() loop
    execute format('drop table if exists ours.%I', format('%s_s%s', name, number));
  end loop;
  update ours.log_segments
     set state = 'dropped'
   where segment = number;
  update ours.log_archive_segments
     set step = 'dropped',
         dropped_at = clock_timestamp(),
         problem = null,
         problem_at = null
   where segment = number;
  return true;
end
$$;
$text$,

$text$
-- Begins to restore a segment. Returns `attached` if it is there, `detached` if its table was not dropped
-- yet, or `empty` after it made a table to fill.
create function ours.begin_log_restore(number integer) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  bounds record;
  part text := format('events_restore_s%s', number);
begin
  perform pg_advisory_xact_lock(7261456);
  select state, from_position, to_position
    into strict bounds
    from ours.log_segments
    join ours.log_archive_segments using (segment)
   where segment = number;
  if bounds.state = 'attached' then
    return 'attached';
  end if;
  if to_regclass(format('ours.%I', format('events_s%s', number))) is not null then
    return 'detached';
  end if;
  execute format('drop table if exists ours.%I', part);
  execute format('create table ours.%I (like ours.events including defaults including constraints '
                 'including generated including storage including compression including comments)', part);
  execute format('alter table ours.%I owner to %I', part,
                 (select pg_get_userbyid(relowner) from pg_class where oid = 'ours.events'::regclass));
  execute format('alter table ours.%I add constraint log_bounds check (position >= %L::bigint and position < %L::bigint)',
                 part, bounds.from_position, bounds.to_position);
  return 'empty';
end
$$;
$text$,

$text$
-- Fills a page of rows: an array of objects, with JSON columns as texts and times in microseconds.
create function ours.fill_log_restore(number integer, page json) returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  filled bigint;
  statement text;
begin
  select format('insert into ours.%I (%s) select %s from json_to_recordset($1) as given (%s)',
                format('events_restore_s%s', number),
                string_agg(quote_ident(shapes.name), ', ' order by place),
                string_agg(stored, ', ' order by place),
                string_agg(given, ', ' order by place))
    into statement
    from ours.archive_columns((select columns from ours.log_archive_segments where segment = number)) as shapes;
  execute statement using page;
  get diagnostics filled = row_count;
  return filled;
end
$$;
$text$,

$text$
-- Attaches a restored segment, if its events are those that were sealed. Nothing is done otherwise.
create function ours.finish_log_restore(number integer) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  sealed record;
  sums record;
  part text := format('events_s%s', number);
  filled text := format('events_restore_s%s', number);
  source regclass;
begin
  perform pg_advisory_xact_lock(7261456);
  select state, from_position, to_position, columns, events, checksum
    into strict sealed
    from ours.log_segments
    join ours.log_archive_segments using (segment)
   where segment = number;
  if sealed.state = 'attached' then
    return;
  end if;
  source := coalesce(to_regclass(format('ours.%I', part)), format('ours.%I', filled)::regclass);
  select *
    into sums
    from ours.log_checksum(source, sealed.columns, sealed.from_position, sealed.to_position);
  if sums.events <> sealed.events or sums.checksum <> sealed.checksum then
    raise exception 'segment % is not attached: its % events are not the % that were archived', number,
                    sums.events, sealed.events
      using errcode = 'data_corrupted';
  end if;
  if to_regclass(format('ours.%I', part)) is null then
    execute format('alter table %s add constraint %I primary key (position)', source, part || '_pkey');
    execute format('alter table %s add constraint %I unique (wallet_id, version)', source, part || '_wallet_version');
    execute format('alter table %s rename to %I', source, part);
  end if;
  perform pg_advisory_xact_lock(7261455);
  execute format('alter table ours.events attach partition %s for values from (%L) to (%L)', source,
                 sealed.from_position, sealed.to_position);
  execute format('alter table %s drop constraint if exists log_bounds', source);
  perform ours.protect_log_segment('ours.events'::regclass, source);
  update ours.log_segments
     set state = 'attached'
   where segment = number;
  update ours.log_archive_segments
     set restored_at = clock_timestamp()
   where segment = number;
end
$$;
$text$,

$text$
-- A restored segment may go again. Returns whether it was a restored one.
create function ours.release_log_segment(number integer) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(7261456);
  update ours.log_archive_segments
     set step = 'opened',
         restored_at = null
   where segment = number
     and restored_at is not null
     and exists (select
                   from ours.log_segments
                  where segment = number
                    and state = 'attached');
  return found;
end
$$;
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function archive_hindrance(integer, timestamptz), seal_log_segment(integer, timestamptz),
  note_archive_export(integer, text, bigint, text, text), note_archive_verified(integer, text, bigint, text),
  note_archive_opened(integer), note_archive_problem(integer, text), detach_log_segment(integer, timestamptz),
  drop_log_segment(integer, timestamptz), begin_log_restore(integer), fill_log_restore(integer, json),
  finish_log_restore(integer), release_log_segment(integer) from public;
