-- When an operator gave an event up. Computed from `resolution`, so that a process of the release before,
-- which writes only the text, is understood too, and rows written before this migration need no update.
alter table projection_failures
  add column skipped_at timestamptz
    generated always as (case when starts_with(resolution, 'skipped: ') then resolved_at end) stored;
