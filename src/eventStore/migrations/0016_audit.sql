-- The audit log: one row for each change of configuration and each admin action. The row is written before
-- the action, and its outcome after it in a table of its own, so that neither ever changes. An action without
-- an outcome is one whose process died, or that is still under way.
create table audit_log (
  id bigint generated always as identity,
  at timestamptz(3) not null default clock_timestamp(),
  -- Null if nobody has proved who they are.
  actor text collate "C",
  tenant text collate "C",
  address text collate "C" not null,
  operation text collate "C" not null,
  target text collate "C" not null,
  reason text,
  request_id text collate "C" not null,
  -- Refusals of callers without the right are counted. This row stands for so many of them.
  requests integer not null default 1,
  constraint audit_log_pkey primary key (id),
  constraint audit_log_requests check (requests >= 1),
  constraint audit_log_lengths check (
    char_length(actor) <= 300 and char_length(tenant) <= 63 and char_length(address) <= 100
    and char_length(operation) <= 100 and char_length(target) <= 500 and char_length(reason) <= 500
    and char_length(request_id) <= 128
  )
);

create index audit_log_time on audit_log (at, id);

create table audit_outcomes (
  audit_id bigint not null,
  at timestamptz(3) not null default clock_timestamp(),
  status smallint not null,
  code text collate "C",
  constraint audit_outcomes_pkey primary key (audit_id),
  constraint audit_outcomes_action foreign key (audit_id) references audit_log (id),
  constraint audit_outcomes_status check (status between 100 and 599)
);

-- Rights keep the service's role from changing a row. The trigger also stops the owner, unless the session
-- says so by wallet.change_log. That is how old rows are removed.
create function refuse_audit_change() returns trigger
language plpgsql as $$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    return null;
  end if;
  raise exception '% on % is refused: the audit log is only added to', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$$;

create trigger audit_log_never_changes
  before update or delete or truncate on audit_log
  for each statement execute function refuse_audit_change();

create trigger audit_outcomes_never_change
  before update or delete or truncate on audit_outcomes
  for each statement execute function refuse_audit_change();
