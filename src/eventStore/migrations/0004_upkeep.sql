-- What keeps the store small and the ledger replaceable.

-- One row: how far the outbox was pruned and checked. At or below `pruned_through` a missing outbox row is one that
-- was pruned; above it, one that was lost. `checked_through` is where the next check for lost rows begins.
create table outbox_upkeep (
  only_row boolean primary key default true,
  pruned_through bigint not null default 0,
  checked_through bigint not null default 0,
  constraint outbox_upkeep_one_row check (only_row),
  constraint outbox_upkeep_pruned check (pruned_through >= 0),
  constraint outbox_upkeep_checked check (checked_through >= 0)
);
insert into outbox_upkeep default values;

-- Records leave oldest first. A brin index stops helping as soon as pruning has made room among old pages, where
-- new records then stand; the times only rise, so a btree index grows at its right edge alone.
drop index idempotency_keys_created_at;
create index idempotency_keys_created_at on idempotency_keys (created_at);

-- The rebuild of the ledger that goes on now, if any. `position` moves in the database transaction that writes the
-- entries up to it, so that whoever goes on after a death goes on exactly there.
create table ledger_rebuilds (
  rebuild_id text collate "C" not null,
  position bigint not null default 0,
  entries bigint not null default 0,
  checksum bigint not null default 0,
  constraint ledger_rebuilds_pkey primary key (rebuild_id),
  constraint ledger_rebuilds_position check (position >= 0),
  constraint ledger_rebuilds_entries check (entries >= 0)
);

-- Events that the rebuild could not book; parked at the moment at which its table takes the ledger's place.
create table ledger_rebuild_refusals (
  rebuild_id text collate "C" not null,
  position bigint not null,
  wallet_id text collate "C" not null,
  reason text not null,
  constraint ledger_rebuild_refusals_pkey primary key (rebuild_id, position),
  constraint ledger_rebuild_refusals_rebuild foreign key (rebuild_id)
    references ledger_rebuilds (rebuild_id) on delete cascade
);
