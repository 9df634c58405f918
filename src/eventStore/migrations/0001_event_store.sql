-- The write side. `events` is the only source of truth, and every other table can be made again from it. The
-- exception is `idempotency_keys`, which stores the answers.

-- One row: the highest position given out. Its row lock makes position order the commit order, so a reader
-- that asks for `position > checkpoint` misses nothing.
create table log_head (
  only_row boolean primary key default true,
  position bigint not null,
  constraint log_head_one_row check (only_row),
  constraint log_head_position check (position >= 0)
);
insert into log_head (position) values (0);

create table events (
  position bigint not null,
  wallet_id text collate "C" not null,
  version bigint not null,
  type text collate "C" not null,
  schema_version smallint not null,
  data jsonb not null,
  metadata jsonb not null,
  occurred_at timestamptz not null,
  constraint events_pkey primary key (position),
  constraint events_wallet_version unique (wallet_id, version),
  constraint events_version check (version >= 1)
);

-- The wallets after their last event. A command loads them before it decides. Only columns without an index
-- change, and pages keep free space, so updates stay heap-only.
create table wallets (
  id text collate "C" not null,
  owner_id text collate "C" not null,
  currency text collate "C" not null,
  balance_minor bigint not null,
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint wallets_pkey primary key (id),
  constraint wallets_balance check (balance_minor >= 0),
  constraint wallets_version check (version >= 1)
) with (fillfactor = 50);
create index wallets_owner on wallets (owner_id, id);

-- One row for each event that a projection may still have to take. `processed_at` is set when every
-- projection has passed the event and none has parked it.
create table outbox (
  position bigint not null,
  created_at timestamptz not null default now(),
  processed_at timestamptz,
  constraint outbox_pkey primary key (position)
);
create index outbox_unprocessed on outbox (position) include (created_at) where processed_at is null;
alter table outbox set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- The answer to each command, byte for byte. `command_id` is derived from the client's key, or made by the
-- server for a request without one. So the outcome of every command can be read later.
create table idempotency_keys (
  command_id uuid not null,
  key text collate "C",
  request_hash bytea not null,
  status smallint not null,
  headers jsonb not null,
  body text not null,
  created_at timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (command_id)
);
create index idempotency_keys_created_at on idempotency_keys using brin (created_at);
