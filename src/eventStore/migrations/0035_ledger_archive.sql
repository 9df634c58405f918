-- The ledger goes into the archive with its events. A part of the ledger is detached in the database
-- transaction that detaches the last segment of its range, and dropped with the last one that is dropped. A
-- restore attaches a part that is still there. The worker fills a dropped one from the restored events
-- (src/projections/ledger/segments/restorePart.ts).
--
-- `ledger_form.begins_after` moves with the parts: the ledger has every posting above it. `opening_accounts`
-- has the sums of those up to it. A part below it may have been restored, while a later one is still away.
--
-- The role of the service owns the ledger. The owner of the log belongs to that role.

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- The parts that were detached and not dropped. A check on each of them says what it has.
create function ours.detached_ledger_parts() returns table (part oid, from_position bigint, to_position bigint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select pg_class.oid, bounds[1]::bigint, bounds[2]::bigint
    from pg_class
    join pg_constraint
      on conrelid = pg_class.oid
     and conname = 'ledger_bounds'
   cross join lateral regexp_match(pg_get_constraintdef(pg_constraint.oid), '>= ''?(\d+).*< ''?(\d+)') as bounds
   where relnamespace = (select relnamespace from pg_class where oid = 'ours.ledger_form'::regclass)
     and relname like 'ledger\_postings\_s%'
     and relname ~ '^ledger_postings_s\d+$'
     and relkind = 'r'
     and not relispartition
     and relowner = (select relowner from pg_class where oid = 'ours.ledger_postings'::regclass)
$$;
$text$,

$text$
-- The parts whose segments have all left the log, once this segment has. The part that a conversion left
-- holds many segments, so it leaves with the last of them.
create function ours.leaving_ledger_parts(number integer)
  returns table (part oid, from_position bigint, to_position bigint)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select known.part, known.from_position, known.to_position
    from ours.ledger_parts('ledger_postings') as known
   where known.to_position - 1 <= (select archived_through from ours.log_archive)
     and not exists (
           select
             from ours.log_segments
            where log_segments.from_position < known.to_position
              and log_segments.to_position > known.from_position
              and state = 'attached'
              and segment <> number
         )
$$;
$text$,

$text$
-- The sums that the ledger begins with, and those of its postings up to `through`.
create function ours.ledger_sums_through(begins bigint, through bigint)
  returns table (tenant_prefix text, currency text, debit_class text, credit_class text, amount_minor numeric)
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select moved.tenant_prefix, moved.currency, moved.debit_class, moved.credit_class, sum(moved.amount_minor)
    from (select tenant_prefix, currency, debit_class, credit_class, amount_minor
            from ours.opening_accounts
           where position = begins
           union all
          -- The keys are those of src/projections/ledger/sums/sumTexts.ts.
          select left(coalesce(debit_wallet_id, credit_wallet_id),
                      strpos(coalesce(debit_wallet_id, credit_wallet_id), '/')),
                 currency,
                 case when debit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end,
                 case when credit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end,
                 amount_minor
            from ours.ledger_postings
           where position > begins
             and position <= through) as moved
   group by moved.tenant_prefix, moved.currency, moved.debit_class, moved.credit_class
$$;
$text$,

$text$
-- Keeps the sums that the ledger begins with once these parts have left, and returns where it begins then.
-- The step `open` has kept those of the events at the end of the archive. Returns null if the postings have
-- others, because they would leave unseen. Below the end a segment was restored. The sums there are those
-- that the ledger begins with now, and those of the leaving postings.
create function ours.keep_ledger_opening(number integer) returns bigint
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  known record;
  begins bigint;
begin
  -- The step `open` deletes the sums that no ledger begins with. It waits for this lock.
  select begins_after, archived_through
    into strict known
    from ours.log_archive
   cross join ours.ledger_form
     for share of log_archive;
  select greatest(known.begins_after, max(to_position) - 1) into begins from ours.leaving_ledger_parts(number);
  if begins = known.begins_after then
    return begins;
  end if;
  if begins = known.archived_through then
    if exists (
         select
           from (select tenant_prefix, currency, debit_class, credit_class, amount_minor
                   from ours.ledger_sums_through(known.begins_after, begins)
                  union all
                 select tenant_prefix, currency, debit_class, credit_class, -amount_minor
                   from ours.opening_accounts
                  where position = begins) as compared
          group by tenant_prefix, currency, debit_class, credit_class
         having sum(amount_minor) <> 0
       ) then
      return null;
    end if;
    return begins;
  end if;
  insert into ours.opening_accounts (position, tenant_prefix, currency, debit_class, credit_class, amount_minor)
  select begins, tenant_prefix, currency, debit_class, credit_class, amount_minor
    from ours.ledger_sums_through(known.begins_after, begins)
      on conflict on constraint opening_accounts_pkey do nothing;
  return begins;
end
$$;
$text$,

$text$
-- Detaches the parts whose segments have all left the log, once this segment has. `begins` is what
-- keep_ledger_opening returned before the locks. So nobody waits for its sums.
create function ours.detach_ledger_parts(number integer, begins bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  leaving record;
  through bigint := 0;
begin
  for leaving in
    select part, from_position, to_position from ours.leaving_ledger_parts(number) order by from_position
  loop
    execute format('alter table ours.ledger_postings detach partition %s', leaving.part::regclass);
    execute format('alter table %s add constraint ledger_bounds check (position >= %L::bigint and position < %L::bigint) '
                   'not valid', leaving.part::regclass, leaving.from_position, leaving.to_position);
    through := leaving.to_position - 1;
  end loop;
  if through > begins then
    raise exception 'the parts of the ledger have changed meanwhile: try again' using errcode = 'lock_not_available';
  end if;
  update ours.ledger_form
     set begins_after = through
   where begins_after < through;
end
$$;
$text$,

$text$
-- As in migration 0031, and the ledger. The ledger is locked first, because an append needs the events alone.
create or replace function ours.detach_log_segment(number integer, before timestamptz) returns text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '250ms'
as $$
declare
  sealed record;
  hindrance text;
  begins bigint;
  child regclass;
begin
  perform pg_advisory_xact_lock(7261456);
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
  begins := ours.keep_ledger_opening(number);
  if begins is null then
    return 'ledger';
  end if;
  perform pg_advisory_xact_lock(7261455);
  hindrance := ours.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  perform ours.detach_ledger_parts(number, begins);
  child := to_regclass(format('ours.%I', format('events_s%s', number)));
  if exists (select from pg_inherits where inhrelid = child) then
    execute format('alter table ours.events detach partition %s', child);
  end if;
  update ours.log_segments
     set state = 'detached'
   where segment = number;
  update ours.log_archive_segments
     set step = 'detached',
         detached_at = clock_timestamp(),
         restored_at = null,
         problem = null,
         problem_at = null
   where segment = number;
  return null;
end
$$;
$text$,

$text$
-- As in migration 0031, and the parts of the ledger whose segments have all been dropped.
create or replace function ours.drop_log_segment(number integer, before timestamptz) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  kept record;
  gone record;
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
  execute format('drop table if exists ours.%I', format('events_s%s', number));
  update ours.log_segments
     set state = 'dropped'
   where segment = number;
  for gone in
    select part
      from ours.detached_ledger_parts() as known
     where not exists (
             select
               from ours.log_segments
              where log_segments.from_position < known.to_position
                and log_segments.to_position > known.from_position
                and state <> 'dropped'
           )
  loop
    execute format('drop table %s', gone.part::regclass);
  end loop;
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
-- As in migration 0031, and the part of the ledger if it was not dropped yet.
create or replace function ours.finish_log_restore(number integer) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  sealed record;
  sums record;
  kept record;
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
  select known.part, from_position, to_position
    into kept
    from ours.detached_ledger_parts() as known
   where from_position < sealed.to_position
     and to_position > sealed.from_position
     and exists (select from pg_class where oid = 'ours.ledger_postings'::regclass and relkind = 'p')
     and not exists (
           select
             from ours.ledger_parts('ledger_postings') as live
            where live.from_position < known.to_position
              and live.to_position > known.from_position
         );
  if kept.part is not null then
    -- The check spares the attachment a look at each row, while the ledger is locked.
    execute format('alter table %s validate constraint ledger_bounds', kept.part::regclass);
  end if;
  perform pg_advisory_xact_lock(7261455);
  execute format('alter table ours.events attach partition %s for values from (%L) to (%L)', source,
                 sealed.from_position, sealed.to_position);
  execute format('alter table %s drop constraint if exists log_bounds', source);
  perform ours.protect_log_segment('ours.events'::regclass, source);
  if kept.part is not null then
    perform ours.attach_ledger_part(kept.part, kept.from_position, kept.to_position);
  end if;
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
-- Attaches a part that was detached. A part with other columns than the ledger has now is dropped, because
-- the worker then fills it anew.
create function ours.attach_ledger_part(part oid, from_at bigint, to_at bigint) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  begin
    execute format('alter table ours.ledger_postings attach partition %s for values from (%L) to (%L)',
                   part::regclass, from_at, to_at);
  exception when datatype_mismatch then
    execute format('drop table %s', part::regclass);
    return;
  end;
  execute format('alter table %s drop constraint ledger_bounds', part::regclass);
  perform ours.hide_ledger_part(part::regclass);
end
$$;
$text$,

$text$
-- As in migration 0032, and no part for postings that the ledger begins after. An empty one would look whole.
create or replace function ours.keep_ledger_segments() returns integer
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
  return ours.make_ledger_parts('ledger_postings', greatest(
    least(head, coalesce((select position from ours.projector_checkpoints where projection = 'ledger'), 0)),
    (select begins_after from ours.ledger_form)));
end
$$;
$text$,

$text$
-- The functions above name their tables themselves.
drop function ours.archived_tables();
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function detached_ledger_parts(), leaving_ledger_parts(integer),
  ledger_sums_through(bigint, bigint), keep_ledger_opening(integer), detach_ledger_parts(integer, bigint), attach_ledger_part(oid, bigint, bigint) from public;
