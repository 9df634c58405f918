-- Three things that a later form of stored rows needs: a fence, a level, and room for the new form of events.

-- `fence`: a batch appends only under the fence that it loaded. `level`: the newest form of rows that may be
-- written. Below it a form is read and never written, because a process of the release before could not read
-- it. See src/eventStore/levels.ts.
alter table log_head
  add column fence bigint not null default 0,
  add column level smallint not null default 1,
  add constraint log_head_fence check (fence >= 0),
  add constraint log_head_level check (level >= 1);

drop trigger log_head_never_falls on log_head;
create trigger log_head_never_falls
  before update on log_head
  for each row when (new.position < old.position or new.fence < old.fence or new.level < old.level)
  execute function refuse_log_change();

-- The processes of the service, each with the highest level that it can read and write.
create table service_processes (
  id uuid not null,
  kind text collate "C" not null,
  level smallint not null,
  seen_at timestamptz not null default clock_timestamp(),
  constraint service_processes_pkey primary key (id),
  constraint service_processes_level check (level >= 1)
);

-- The compact form of an event. `data` and `metadata` are null in it, and `balance_minor` is not. Older
-- events keep their form and are never rewritten. The constraint is `not valid`, because they need no check.
alter table events
  alter column data drop not null,
  alter column metadata drop not null,
  add column amount_minor bigint,
  add column balance_minor bigint,
  add column held_minor bigint,
  add column status text collate "C",
  add column currency text collate "C",
  add column command_id uuid,
  add column correlation_id uuid,
  add column traceparent text collate "C",
  add column description text,
  add column extra jsonb,
  add constraint events_form check (
    (data is not null and metadata is not null and balance_minor is null)
    or (data is null and metadata is null and balance_minor is not null and currency is not null)
  ) not valid;
