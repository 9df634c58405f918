-- The indexes to which the read model's drain writes besides the alias that is read. One is the index that a
-- rebuild fills, and after its switch the index that it replaced. Each is listed by its own alias, because a
-- write that requires an alias never creates an index by accident.
create table read_model_targets (
  alias text collate "C" not null,
  added_at timestamptz not null default now(),
  constraint read_model_targets_pkey primary key (alias)
);
