-- Tables and an index for pruning old rows and for rebuilding the ledger.

-- One row: how far the outbox was pruned and checked. A missing outbox row at or below `pruned_through` was
-- pruned. One above it was lost. The next check for lost rows begins at `checked_through`.
create table outbox_upkeep (
  only_row boolean primary key default true,
  pruned_through bigint not null default 0,
  checked_through bigint not null default 0,
  constraint outbox_upkeep_one_row check (only_row),
  constraint outbox_upkeep_pruned check (pruned_through >= 0),
  constraint outbox_upkeep_checked check (checked_through >= 0)
);
insert into outbox_upkeep default values;

-- The oldest records are pruned first. A brin index stops helping once pruning has freed space in old pages,
-- because new records go there. The times only rise, so a btree index grows only at its right edge.
drop index idempotency_keys_created_at;
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- The running rebuild of the ledger, if any. `position` moves in the database transaction that writes the
-- entries up to it. So after a crash another worker goes on exactly there.
create table ledger_rebuilds (
  rebuild_id text collate "C" not null,
  position bigint not null default 0,
  entries bigint not null default 0,
  checksum bigint not null default 0,
  constraint ledger_rebuilds_pkey primary key (rebuild_id),
  constraint ledger_rebuilds_position check (position >= 0),
  constraint ledger_rebuilds_entries check (entries >= 0)
);

-- Events that the rebuild could not book. They are parked when its table replaces the ledger.
create table ledger_rebuild_refusals (
  rebuild_id text collate "C" not null,
  position bigint not null,
  wallet_id text collate "C" not null,
  reason text not null,
  constraint ledger_rebuild_refusals_pkey primary key (rebuild_id, position),
  constraint ledger_rebuild_refusals_rebuild foreign key (rebuild_id)
    references ledger_rebuilds (rebuild_id) on delete cascade
);
