-- Failures of the past that an operator dismissed, so that the health model tells them no more. An occurrence
-- is the id of the run that failed, so a later failure is told again.
create table health_dismissals (
  condition text collate "C" not null,
  occurrence text collate "C" not null,
  reason text not null,
  request_id text collate "C" not null,
  dismissed_at timestamptz not null default clock_timestamp(),
  constraint health_dismissals_pkey primary key (condition, occurrence),
  constraint health_dismissals_lengths check (
    char_length(condition) <= 100 and char_length(occurrence) <= 200 and char_length(reason) <= 500
  )
);
