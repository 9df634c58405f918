-- A file of the archive that was lost or damaged is written again, as long as the rows of its segment are in
-- the database: attached, or detached and not dropped yet. The segment is then sealed as before, and takes
-- the later steps anew. So it is still dropped only after its file was read and compared.

do $migration$
declare
  part text;
begin
  foreach part in array array[
$text$
-- Puts a segment back to `sealed`, so that its file is written again. Returns whether it did. A detached
-- segment is attached for that, because files are written from the log. A segment that was restored stays as
-- it is.
create function ours.seal_log_segment_again(number integer) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
set lock_timeout = '2s'
as $$
declare
  sealed record;
begin
  perform pg_advisory_xact_lock(7261456);
  select step, state, restored_at
    into strict sealed
    from ours.log_archive_segments
    join ours.log_segments using (segment)
   where segment = number;
  if sealed.state = 'dropped' or sealed.restored_at is not null
     or sealed.step not in ('exported', 'verified', 'opened', 'detached') then
    return false;
  end if;
  if sealed.state = 'detached' then
    -- Compares its rows with what was sealed, and attaches it.
    perform ours.finish_log_restore(number);
  end if;
  update ours.log_archive_segments
     set step = 'sealed',
         -- A step is late only from now on.
         sealed_at = clock_timestamp(),
         restored_at = null
   where segment = number;
  return true;
end
$$;
$text$,

$text$
-- The file was read. What it has must be what was sealed. The opening state of a segment whose file was
-- written again may be there already, and those of later segments, too.
create or replace function ours.note_archive_verified(number integer, sha256 text, events bigint, checksum text)
  returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  is_opened boolean;
begin
  select archived_through >= to_position - 1
    into strict is_opened
    from ours.log_archive
   cross join ours.log_segments
   where segment = number;
  update ours.log_archive_segments as sealed
     set step = case when is_opened then 'opened' else 'verified' end,
         verified_at = clock_timestamp(),
         opened_at = case when is_opened then coalesce(opened_at, clock_timestamp()) end,
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
$text$]
  loop
    execute replace(part, 'ours.', quote_ident(current_schema()) || '.');
  end loop;
end
$migration$;

-- Only the owner, and the role of the service (src/eventStore/leastRights.ts).
revoke execute on function seal_log_segment_again(integer) from public;
