-- Expired idempotency records are found by a sweep over the pages of the table, and no longer by an index.
-- The index cost each command 68 bytes of write-ahead log, and it was read once an hour. The prune of the
-- release before needs no index to be right. Without one it reads the whole table twice for each thousand
-- records, which takes 0.5 s among 1,000,000.
drop index idempotency_keys_created_at;

-- The sweep that runs, if any. Every record written before `sweep_before` in a page below `sweep_block` was
-- deleted. `sweep_file` is the file of the table. A table that is rebuilt has another one, and its records
-- have moved to other pages.
alter table prune_horizons
  add column sweep_began_at timestamptz,
  add column sweep_before timestamptz,
  add column sweep_file oid,
  add column sweep_block bigint,
  add constraint prune_horizons_sweep check (
    num_nulls(sweep_began_at, sweep_before, sweep_file, sweep_block) in (0, 4)
  );
