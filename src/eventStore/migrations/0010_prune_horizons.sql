-- How far each prune came, as a time. Everything written before `pruned_before` was deleted. A prune whose
-- time has moved further than a run or two can explain is refused, because a clock may have jumped.
create table prune_horizons (
  subject text collate "C" not null,
  pruned_before timestamptz not null,
  refused_since timestamptz,
  refusal text,
  constraint prune_horizons_pkey primary key (subject),
  constraint prune_horizons_refusal check ((refused_since is null) = (refusal is null))
);

-- The prunes before this one came up to the oldest row that is left.
insert into prune_horizons (subject, pruned_before)
values ('idempotency records', coalesce((select min(created_at) from idempotency_keys), now())),
       ('outbox rows', coalesce((select created_at from outbox order by position limit 1), now()));
