-- The checkpoint of each projection, its parked events, and the double-entry ledger.

create table projector_checkpoints (
  projection text collate "C" not null,
  position bigint not null,
  updated_at timestamptz not null default now(),
  last_event_at timestamptz,
  lag_ms bigint not null default 0,
  constraint projector_checkpoints_pkey primary key (projection),
  constraint projector_checkpoints_position check (position >= 0)
);
insert into projector_checkpoints (projection, position) values ('read-model', 0), ('ledger', 0);

-- Parked events: events that one projection could not take. A row is open until a retry succeeds or an
-- operator skips it with a reason. Meanwhile later events go on, and the outbox row of the parked event stays
-- unprocessed.
create table projection_failures (
  projection text collate "C" not null,
  position bigint not null,
  wallet_id text collate "C" not null,
  attempts integer not null default 1,
  last_error text not null,
  next_attempt_at timestamptz not null,
  first_failed_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolution text,
  constraint projection_failures_pkey primary key (projection, position),
  constraint projection_failures_attempts check (attempts >= 1),
  constraint projection_failures_resolution check ((resolved_at is null) = (resolution is null))
);
create index projection_failures_open on projection_failures (next_attempt_at) where resolved_at is null;

-- Two legs for each event that moves money: one account is debited and one is credited. Accounts are
-- `wallet:<id>` and `settlement:<currency>`. A wallet is a liability, so a credit raises its balance. The
-- legs of a transfer have the position of its TransferSent.
create table ledger_entries (
  position bigint not null,
  leg smallint not null,
  account text collate "C" not null,
  direction text collate "C" not null,
  amount_minor bigint not null,
  currency text collate "C" not null,
  balance_after_minor bigint,
  occurred_at timestamptz not null,
  constraint ledger_entries_pkey primary key (position, leg),
  constraint ledger_entries_leg check (leg in (1, 2)),
  constraint ledger_entries_direction check (direction in ('debit', 'credit')),
  constraint ledger_entries_amount check (amount_minor > 0),
  constraint ledger_entries_balance_after check (balance_after_minor >= 0)
);
create index ledger_entries_account on ledger_entries (account, position);

-- The share of unprocessed rows changes quickly, and the plans of queries for them depend on it.
alter table outbox set (autovacuum_analyze_scale_factor = 0.02);

-- Invariant: debits = credits for every event that a statement touches. There is one check a statement, not
-- one a row, and it reads the touched rows alone. If those balance, the other rows are as balanced as before.
-- If the touched rows of an event do not balance, for example because its missing leg was added, all rows of
-- that event are checked.
create function assert_ledger_balanced() returns trigger language plpgsql as $$
declare
  suspect bigint;
begin
  for suspect in
    select touched.position
      from touched
     group by touched.position
    having sum(case touched.direction when 'debit' then touched.amount_minor else -touched.amount_minor end) <> 0
        or min(touched.currency) <> max(touched.currency)
  loop
    perform
       from ledger_entries as entries
      where entries.position = suspect
     having sum(case entries.direction when 'debit' then entries.amount_minor else -entries.amount_minor end) <> 0
         or min(entries.currency) <> max(entries.currency);
    if found then
      raise exception 'ledger entries of position % do not balance', suspect
        using errcode = 'check_violation', constraint = 'ledger_entries_balanced', table = 'ledger_entries';
    end if;
  end loop;
  return null;
end
$$;
create trigger ledger_entries_balanced_on_insert after insert on ledger_entries
  referencing new table as touched for each statement execute function assert_ledger_balanced();
create trigger ledger_entries_balanced_on_update after update on ledger_entries
  referencing new table as touched for each statement execute function assert_ledger_balanced();
create trigger ledger_entries_balanced_behind_update after update on ledger_entries
  referencing old table as touched for each statement execute function assert_ledger_balanced();
create trigger ledger_entries_balanced_on_delete after delete on ledger_entries
  referencing old table as touched for each statement execute function assert_ledger_balanced();
