-- Sessions of the console that ended before their time, so that every process refuses them. A session lasts
-- eight hours at most, so older rows say nothing and are removed. An empty session id stands for every
-- session of the actor that began until then.
create table ended_sessions (
  actor text collate "C" not null,
  session_id text collate "C" not null,
  ended_at timestamptz not null default clock_timestamp(),
  constraint ended_sessions_pkey primary key (actor, session_id),
  constraint ended_sessions_lengths check (char_length(actor) <= 300 and char_length(session_id) <= 100)
);
