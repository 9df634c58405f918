-- What the read model's drain writes to besides the alias that is read: an index that a rebuild fills, and behind its
-- switch the one it replaced. Each stands here under an alias of its own, because a write that needs an alias never
-- makes an index by accident.
create table read_model_targets (
  alias text collate "C" not null,
  added_at timestamptz not null default now(),
  constraint read_model_targets_pkey primary key (alias)
);
