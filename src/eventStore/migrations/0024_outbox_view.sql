-- An outbox row is written once and never changed. Before, a drain set `processed_at` in each row, which
-- wrote the row and two indexes again. Whether an event is processed follows from the checkpoints and the
-- parked events, so `outbox` is a view that says it.

-- The projections that an outbox row waits for. A worker writes the list of its registry when it starts.
create table required_projections (
  projection text collate "C" not null,
  constraint required_projections_pkey primary key (projection)
);
insert into required_projections (projection) values ('read-model'), ('ledger');

-- No file is rewritten.
alter table outbox rename to outbox_rows;
alter table outbox_rows rename constraint outbox_pkey to outbox_rows_pkey;
alter table outbox_rows reset (autovacuum_analyze_scale_factor);

-- Every required projection has passed the events up to `position`. It is null if one of them has no
-- checkpoint.
create view passed_position as
select case when count(checkpoints.position) = count(*) then min(checkpoints.position) end as position
  from required_projections as required
  left join projector_checkpoints as checkpoints
    on checkpoints.projection = required.projection;

-- The events that a required projection has parked. Only the index of parked events gives this order. So no
-- plan reads the resolved ones, whatever size it was made for.
create view parked_positions as
select failures.position
  from (select projection, position
          from projection_failures
         where resolved_at is null
         order by next_attempt_at) as failures
  join required_projections as required
    on required.projection = failures.projection;

-- Three branches: rows that wait, rows of parked events, and processed rows. `created_at` is never null. So
-- the planner leaves out the third branch if a statement asks for rows without `processed_at`. Each branch is
-- in the order of the index. So the oldest row of all is found without reading the others.
create view outbox as
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
alter view outbox alter column created_at set default now();

-- The append and the release before write to the name `outbox`. A mark of that release changes nothing.
create rule outbox_insert as on insert to outbox do instead
  insert into outbox_rows (position, created_at)
  values (new.position, new.created_at);
create rule outbox_update as on update to outbox do instead nothing;
create rule outbox_delete as on delete to outbox do instead
  delete from outbox_rows
   where position = old.position
  returning position, created_at, null::timestamptz;

-- Roles that may read or write the table, or columns of it, may do the same with the view at once.
do $$
declare
  granted record;
begin
  for granted in
    select case rights.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(rights.grantee)) end as grantee,
           rights.privilege_type || rights.of_column as privilege,
           case when rights.is_grantable then ' with grant option' else '' end as grantable
      from (select acl.grantee, acl.privilege_type, acl.is_grantable, '' as of_column
              from pg_class
             cross join lateral aclexplode(pg_class.relacl) as acl
             where pg_class.oid = 'outbox_rows'::regclass
             union all
            select acl.grantee, acl.privilege_type, acl.is_grantable, format(' (%I)', pg_attribute.attname)
              from pg_attribute
             cross join lateral aclexplode(pg_attribute.attacl) as acl
             where pg_attribute.attrelid = 'outbox_rows'::regclass
               and pg_attribute.attnum > 0) as rights
      join pg_class
        on pg_class.oid = 'outbox_rows'::regclass
     where rights.grantee <> pg_class.relowner
  loop
    execute format('grant %s on outbox to %s%s', granted.privilege, granted.grantee, granted.grantable);
  end loop;
end
$$;

-- The index of unprocessed rows goes with the column.
alter table outbox_rows drop column processed_at;
