-- The schema that the migrations make, for reading and comparing. Nothing runs this file.
-- `npm run schema:write` writes it, and test/integration/eventStore/schema.test.ts compares it with a
-- migrated database.

create table api_key_changes (
  singleton boolean default true not null,
  counter bigint default 0 not null,
  constraint api_key_changes_pkey PRIMARY KEY (singleton),
  constraint api_key_changes_singleton CHECK (singleton)
);

create table api_keys (
  id text not null,
  tenant text not null,
  operator boolean not null,
  name text not null,
  scopes text[] not null,
  allowed_addresses text[],
  pepper_id text not null,
  secret_hash bytea not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  created_by text not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  revoked_by text,
  replaced_by text,
  last_used_at timestamp with time zone,
  constraint api_keys_hash CHECK ((octet_length(secret_hash) = 32)),
  constraint api_keys_lengths CHECK ((((char_length(name) >= 1) AND (char_length(name) <= 100)) AND ((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 64)))),
  constraint api_keys_operator CHECK (((NOT operator) OR (tenant = ''::text))),
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES api_keys(id),
  constraint api_keys_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id)
);

create table audit_log (
  id bigint generated always as identity not null,
  at timestamp(3) with time zone default clock_timestamp() not null,
  actor text,
  tenant text,
  address text not null,
  operation text not null,
  target text not null,
  reason text,
  request_id text not null,
  requests integer default 1 not null,
  constraint audit_log_lengths CHECK (((char_length(actor) <= 300) AND (char_length(tenant) <= 63) AND (char_length(address) <= 100) AND (char_length(operation) <= 100) AND (char_length(target) <= 500) AND (char_length(reason) <= 500) AND (char_length(request_id) <= 128))),
  constraint audit_log_pkey PRIMARY KEY (id),
  constraint audit_log_requests CHECK ((requests >= 1))
);

create table audit_outcomes (
  audit_id bigint not null,
  at timestamp(3) with time zone default clock_timestamp() not null,
  status smallint not null,
  code text,
  constraint audit_outcomes_action FOREIGN KEY (audit_id) REFERENCES audit_log(id),
  constraint audit_outcomes_pkey PRIMARY KEY (audit_id),
  constraint audit_outcomes_status CHECK (((status >= 100) AND (status <= 599)))
);

create table command_generations (
  generation integer not null,
  began_at timestamp with time zone,
  ended_at timestamp with time zone,
  due_at timestamp with time zone,
  dropped_at timestamp with time zone,
  constraint command_generations_order CHECK ((((ended_at IS NULL) OR (began_at IS NOT NULL)) AND ((dropped_at IS NULL) OR (ended_at IS NOT NULL)))),
  constraint command_generations_pkey PRIMARY KEY (generation)
);

create table command_id_cover (
  secret bytea not null,
  shown_since timestamp with time zone,
  only_row boolean default true not null,
  constraint command_id_cover_one_row CHECK (only_row),
  constraint command_id_cover_pkey PRIMARY KEY (only_row),
  constraint command_id_cover_secret CHECK ((octet_length(secret) = 32))
);

create table ended_sessions (
  actor text not null,
  session_id text not null,
  ended_at timestamp with time zone default clock_timestamp() not null,
  constraint ended_sessions_lengths CHECK (((char_length(actor) <= 300) AND (char_length(session_id) <= 100))),
  constraint ended_sessions_pkey PRIMARY KEY (actor, session_id)
);

create table events (
  position bigint not null,
  wallet_id text not null,
  version bigint not null,
  type text not null,
  schema_version smallint,
  data jsonb,
  metadata jsonb,
  occurred_at timestamp with time zone not null,
  amount_minor bigint,
  balance_minor bigint,
  held_minor bigint,
  status text,
  currency text,
  command_id uuid,
  correlation_id uuid,
  traceparent text,
  description text,
  extra jsonb,
  terms_version integer,
  details_version integer,
  constraint events_form CHECK ((((data IS NOT NULL) AND (metadata IS NOT NULL) AND (balance_minor IS NULL)) OR ((data IS NULL) AND (metadata IS NULL) AND (balance_minor IS NOT NULL) AND (currency IS NOT NULL)))) NOT VALID,
  constraint events_pkey PRIMARY KEY ("position"),
  constraint events_version CHECK ((version >= 1))
) partition by RANGE ("position");

create table events_s1 (
  position bigint not null,
  wallet_id text not null,
  version bigint not null,
  type text not null,
  schema_version smallint,
  data jsonb,
  metadata jsonb,
  occurred_at timestamp with time zone not null,
  amount_minor bigint,
  balance_minor bigint,
  held_minor bigint,
  status text,
  currency text,
  command_id uuid,
  correlation_id uuid,
  traceparent text,
  description text,
  extra jsonb,
  terms_version integer,
  details_version integer,
  constraint events_form CHECK ((((data IS NOT NULL) AND (metadata IS NOT NULL) AND (balance_minor IS NULL)) OR ((data IS NULL) AND (metadata IS NULL) AND (balance_minor IS NOT NULL) AND (currency IS NOT NULL)))) NOT VALID,
  constraint events_s1_pkey PRIMARY KEY ("position"),
  constraint events_s1_wallet_version UNIQUE (wallet_id, version),
  constraint events_version CHECK ((version >= 1))
) partition of events FOR VALUES FROM ('1') TO ('1048577');

create table events_s2 (
  position bigint not null,
  wallet_id text not null,
  version bigint not null,
  type text not null,
  schema_version smallint,
  data jsonb,
  metadata jsonb,
  occurred_at timestamp with time zone not null,
  amount_minor bigint,
  balance_minor bigint,
  held_minor bigint,
  status text,
  currency text,
  command_id uuid,
  correlation_id uuid,
  traceparent text,
  description text,
  extra jsonb,
  terms_version integer,
  details_version integer,
  constraint events_form CHECK ((((data IS NOT NULL) AND (metadata IS NOT NULL) AND (balance_minor IS NULL)) OR ((data IS NULL) AND (metadata IS NULL) AND (balance_minor IS NOT NULL) AND (currency IS NOT NULL)))),
  constraint events_s2_pkey PRIMARY KEY ("position"),
  constraint events_s2_wallet_version UNIQUE (wallet_id, version),
  constraint events_version CHECK ((version >= 1))
) partition of events FOR VALUES FROM ('1048577') TO ('2097153');

create table health_dismissals (
  condition text not null,
  occurrence text not null,
  reason text not null,
  request_id text not null,
  dismissed_at timestamp with time zone default clock_timestamp() not null,
  constraint health_dismissals_lengths CHECK (((char_length(condition) <= 100) AND (char_length(occurrence) <= 200) AND (char_length(reason) <= 500))),
  constraint health_dismissals_pkey PRIMARY KEY (condition, occurrence)
);

create table holds (
  wallet_id text not null,
  hold_id text not null,
  amount_minor bigint not null,
  captured_minor bigint not null,
  released_minor bigint not null,
  remaining_minor bigint not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_as text,
  to_wallet_id text,
  currency text not null,
  description text not null,
  metadata jsonb not null,
  captures jsonb not null,
  constraint holds_amounts CHECK (((amount_minor > 0) AND (captured_minor >= 0) AND (released_minor >= 0) AND (remaining_minor >= 0) AND (((captured_minor + released_minor) + remaining_minor) >= amount_minor))),
  constraint holds_end CHECK ((((ended_as IS NULL) = (remaining_minor > 0)) AND ((ended_as IS NULL) = (ended_at IS NULL)))),
  constraint holds_ended_as CHECK ((ended_as = ANY (ARRAY['captured'::text, 'voided'::text, 'expired'::text, 'closed'::text]))),
  constraint holds_pkey PRIMARY KEY (wallet_id, hold_id)
);

create table idempotency_keys (
  command_id uuid not null,
  key text,
  request_hash bytea,
  status smallint,
  headers jsonb,
  body text,
  created_at timestamp with time zone default now() not null,
  writer uuid,
  meaning_hash bytea,
  accepted boolean,
  outcome text,
  generation integer default current_command_generation() not null,
  constraint idempotency_keys_form CHECK ((((outcome IS NULL) AND (accepted IS NULL) AND (request_hash IS NOT NULL) AND (status IS NOT NULL) AND (headers IS NOT NULL) AND (body IS NOT NULL)) OR ((outcome IS NOT NULL) AND (accepted IS NOT NULL) AND (status IS NULL) AND (headers IS NULL) AND (octet_length(meaning_hash) = 16)))) NOT VALID
) partition by LIST (generation);

create table idempotency_keys_g0 (
  command_id uuid not null,
  key text,
  request_hash bytea,
  status smallint,
  headers jsonb,
  body text,
  created_at timestamp with time zone default now() not null,
  writer uuid,
  meaning_hash bytea,
  accepted boolean,
  outcome text,
  generation integer default current_command_generation() not null,
  constraint idempotency_keys_form CHECK ((((outcome IS NULL) AND (accepted IS NULL) AND (request_hash IS NOT NULL) AND (status IS NOT NULL) AND (headers IS NOT NULL) AND (body IS NOT NULL)) OR ((outcome IS NOT NULL) AND (accepted IS NOT NULL) AND (status IS NULL) AND (headers IS NULL) AND (octet_length(meaning_hash) = 16)))) NOT VALID,
  constraint idempotency_keys_pkey PRIMARY KEY (command_id)
) partition of idempotency_keys FOR VALUES IN (0) with (autovacuum_vacuum_insert_threshold=-1);

create table ledger_form (
  form text not null,
  only_row boolean default true not null,
  sums_through bigint default 0 not null,
  begins_after bigint default 0 not null,
  constraint ledger_form_begins_after CHECK ((begins_after >= 0)),
  constraint ledger_form_form CHECK ((form = ANY (ARRAY['legs'::text, 'postings'::text]))),
  constraint ledger_form_one_row CHECK (only_row),
  constraint ledger_form_pkey PRIMARY KEY (only_row),
  constraint ledger_form_sums_through CHECK ((sums_through >= 0))
);

create table ledger_postings (
  position bigint not null,
  occurred_at timestamp with time zone not null,
  amount_minor bigint not null,
  debit_balance_after_minor bigint,
  credit_balance_after_minor bigint,
  posting smallint not null,
  pending boolean not null,
  debit_wallet_id text,
  credit_wallet_id text,
  currency text not null,
  constraint ledger_postings_accounts CHECK ((debit_wallet_id IS DISTINCT FROM credit_wallet_id)),
  constraint ledger_postings_amount CHECK ((amount_minor > 0)),
  constraint ledger_postings_credit_balance CHECK (((credit_balance_after_minor IS NULL) = (credit_wallet_id IS NULL))),
  constraint ledger_postings_debit_balance CHECK (((debit_balance_after_minor IS NULL) = (debit_wallet_id IS NULL))),
  constraint ledger_postings_pkey PRIMARY KEY ("position", posting),
  constraint ledger_postings_posting CHECK (((posting >= 1) AND (posting <= 1000)))
) partition by RANGE ("position");

create table ledger_postings_s1 (
  position bigint not null,
  occurred_at timestamp with time zone not null,
  amount_minor bigint not null,
  debit_balance_after_minor bigint,
  credit_balance_after_minor bigint,
  posting smallint not null,
  pending boolean not null,
  debit_wallet_id text,
  credit_wallet_id text,
  currency text not null,
  constraint ledger_postings_accounts CHECK ((debit_wallet_id IS DISTINCT FROM credit_wallet_id)),
  constraint ledger_postings_amount CHECK ((amount_minor > 0)),
  constraint ledger_postings_credit_balance CHECK (((credit_balance_after_minor IS NULL) = (credit_wallet_id IS NULL))),
  constraint ledger_postings_debit_balance CHECK (((debit_balance_after_minor IS NULL) = (debit_wallet_id IS NULL))),
  constraint ledger_postings_posting CHECK (((posting >= 1) AND (posting <= 1000))),
  constraint ledger_postings_s1_pkey PRIMARY KEY ("position", posting)
) partition of ledger_postings FOR VALUES FROM ('1') TO ('1048577');

create table ledger_postings_s2 (
  position bigint not null,
  occurred_at timestamp with time zone not null,
  amount_minor bigint not null,
  debit_balance_after_minor bigint,
  credit_balance_after_minor bigint,
  posting smallint not null,
  pending boolean not null,
  debit_wallet_id text,
  credit_wallet_id text,
  currency text not null,
  constraint ledger_postings_accounts CHECK ((debit_wallet_id IS DISTINCT FROM credit_wallet_id)),
  constraint ledger_postings_amount CHECK ((amount_minor > 0)),
  constraint ledger_postings_credit_balance CHECK (((credit_balance_after_minor IS NULL) = (credit_wallet_id IS NULL))),
  constraint ledger_postings_debit_balance CHECK (((debit_balance_after_minor IS NULL) = (debit_wallet_id IS NULL))),
  constraint ledger_postings_posting CHECK (((posting >= 1) AND (posting <= 1000))),
  constraint ledger_postings_s2_pkey PRIMARY KEY ("position", posting)
) partition of ledger_postings FOR VALUES FROM ('1048577') TO ('2097153');

create table ledger_rebuild_refusals (
  rebuild_id text not null,
  position bigint not null,
  wallet_id text not null,
  reason text not null,
  constraint ledger_rebuild_refusals_pkey PRIMARY KEY (rebuild_id, "position"),
  constraint ledger_rebuild_refusals_rebuild FOREIGN KEY (rebuild_id) REFERENCES ledger_rebuilds(rebuild_id) ON DELETE CASCADE
);

create table ledger_rebuilds (
  rebuild_id text not null,
  position bigint default 0 not null,
  entries bigint default 0 not null,
  checksum bigint default 0 not null,
  form text default 'legs'::text not null,
  begins_after bigint default 0 not null,
  constraint ledger_rebuilds_begins_after CHECK (((begins_after >= 0) AND (begins_after <= "position"))),
  constraint ledger_rebuilds_entries CHECK ((entries >= 0)),
  constraint ledger_rebuilds_form CHECK ((form = ANY (ARRAY['legs'::text, 'postings'::text]))),
  constraint ledger_rebuilds_pkey PRIMARY KEY (rebuild_id),
  constraint ledger_rebuilds_position CHECK (("position" >= 0))
);

create table ledger_sums (
  tenant_prefix text not null,
  currency text not null,
  debit_class text not null,
  credit_class text not null,
  amount_minor numeric not null,
  constraint ledger_sums_credit_class CHECK ((credit_class = ANY (ARRAY['wallet'::text, 'settlement'::text, 'holds'::text]))),
  constraint ledger_sums_debit_class CHECK ((debit_class = ANY (ARRAY['wallet'::text, 'settlement'::text, 'holds'::text]))),
  constraint ledger_sums_pkey PRIMARY KEY (tenant_prefix, currency, debit_class, credit_class)
);

create table log_archive (
  archived_through bigint default 0 not null,
  only_row boolean default true not null,
  constraint log_archive_one_row CHECK (only_row),
  constraint log_archive_pkey PRIMARY KEY (only_row),
  constraint log_archive_through CHECK ((archived_through >= 0))
);

create table log_archive_segments (
  segment integer not null,
  step text default 'sealed'::text not null,
  columns text[] not null,
  events bigint not null,
  checksum text not null,
  occurred_from timestamp with time zone not null,
  occurred_to timestamp with time zone not null,
  file text,
  bytes bigint,
  sha256 text,
  manifest_sha256 text,
  sealed_at timestamp with time zone default clock_timestamp() not null,
  exported_at timestamp with time zone,
  verified_at timestamp with time zone,
  opened_at timestamp with time zone,
  detached_at timestamp with time zone,
  dropped_at timestamp with time zone,
  restored_at timestamp with time zone,
  problem text,
  problem_at timestamp with time zone,
  constraint log_archive_segments_checksum CHECK ((checksum ~ '^[0-9a-f]{64}$'::text)),
  constraint log_archive_segments_events CHECK ((events >= 1)),
  constraint log_archive_segments_file CHECK (((step = 'sealed'::text) OR ((file IS NOT NULL) AND (bytes IS NOT NULL) AND (sha256 ~ '^[0-9a-f]{64}$'::text) AND (manifest_sha256 ~ '^[0-9a-f]{64}$'::text)))),
  constraint log_archive_segments_pkey PRIMARY KEY (segment),
  constraint log_archive_segments_problem CHECK (((char_length(problem) <= 1000) AND ((problem IS NULL) = (problem_at IS NULL)))),
  constraint log_archive_segments_step CHECK ((step = ANY (ARRAY['sealed'::text, 'exported'::text, 'verified'::text, 'opened'::text, 'detached'::text, 'dropped'::text])))
);

create table log_head (
  only_row boolean default true not null,
  position bigint not null,
  fence bigint default 0 not null,
  level smallint default 1 not null,
  generation integer default 0 not null,
  constraint log_head_fence CHECK ((fence >= 0)),
  constraint log_head_generation CHECK ((generation >= 0)),
  constraint log_head_level CHECK ((level >= 1)),
  constraint log_head_one_row CHECK (only_row),
  constraint log_head_pkey PRIMARY KEY (only_row),
  constraint log_head_position CHECK (("position" >= 0))
);

create table log_segments (
  segment integer not null,
  from_position bigint not null,
  to_position bigint not null,
  made_at timestamp with time zone default clock_timestamp() not null,
  outbox_dropped_at timestamp with time zone,
  state text default 'attached'::text not null,
  constraint log_segments_bounds CHECK (((from_position >= 1) AND (from_position < to_position))),
  constraint log_segments_from UNIQUE (from_position),
  constraint log_segments_pkey PRIMARY KEY (segment),
  constraint log_segments_state CHECK ((state = ANY (ARRAY['attached'::text, 'detached'::text, 'dropped'::text])))
);

create table opening_accounts (
  position bigint not null,
  tenant_prefix text not null,
  currency text not null,
  debit_class text not null,
  credit_class text not null,
  amount_minor numeric not null,
  constraint opening_accounts_amount CHECK ((amount_minor > (0)::numeric)),
  constraint opening_accounts_pkey PRIMARY KEY ("position", tenant_prefix, currency, debit_class, credit_class)
);

create table opening_wallets (
  wallet_id text not null,
  version bigint not null,
  position bigint not null,
  events bigint not null,
  owner_id text,
  currency text,
  balance_minor bigint,
  created_at timestamp with time zone,
  updated_at timestamp with time zone,
  held_minor bigint,
  status text,
  terms_version integer,
  details_version integer,
  terms jsonb,
  state jsonb,
  faults jsonb,
  constraint opening_wallets_pkey PRIMARY KEY (wallet_id, version),
  constraint opening_wallets_version CHECK (((version >= 1) AND (events >= 1)))
);

create table outbox_rows (
  position bigint not null,
  created_at timestamp with time zone default now() not null,
  constraint outbox_rows_pkey PRIMARY KEY ("position")
) partition by RANGE ("position");

create table outbox_rows_s1 (
  position bigint not null,
  created_at timestamp with time zone default now() not null,
  constraint outbox_rows_s1_pkey PRIMARY KEY ("position")
) partition of outbox_rows FOR VALUES FROM ('1') TO ('1048577') with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0);

create table outbox_rows_s2 (
  position bigint not null,
  created_at timestamp with time zone default now() not null,
  constraint outbox_rows_s2_pkey PRIMARY KEY ("position")
) partition of outbox_rows FOR VALUES FROM ('1048577') TO ('2097153') with (autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0);

create table outbox_upkeep (
  only_row boolean default true not null,
  pruned_through bigint default 0 not null,
  checked_through bigint default 0 not null,
  constraint outbox_upkeep_checked CHECK ((checked_through >= 0)),
  constraint outbox_upkeep_one_row CHECK (only_row),
  constraint outbox_upkeep_pkey PRIMARY KEY (only_row),
  constraint outbox_upkeep_pruned CHECK ((pruned_through >= 0))
);

create table projection_failures (
  projection text not null,
  position bigint not null,
  wallet_id text not null,
  attempts integer default 1 not null,
  last_error text not null,
  next_attempt_at timestamp with time zone not null,
  first_failed_at timestamp with time zone default now() not null,
  resolved_at timestamp with time zone,
  resolution text,
  skipped_at timestamp with time zone generated always as (
CASE
    WHEN starts_with(resolution, 'skipped: '::text) THEN resolved_at
    ELSE NULL::timestamp with time zone
END) stored,
  constraint projection_failures_attempts CHECK ((attempts >= 1)),
  constraint projection_failures_pkey PRIMARY KEY (projection, "position"),
  constraint projection_failures_resolution CHECK (((resolved_at IS NULL) = (resolution IS NULL)))
);

create table projector_checkpoints (
  projection text not null,
  position bigint not null,
  updated_at timestamp with time zone default now() not null,
  last_event_at timestamp with time zone,
  lag_ms bigint default 0 not null,
  constraint projector_checkpoints_pkey PRIMARY KEY (projection),
  constraint projector_checkpoints_position CHECK (("position" >= 0))
);

create table prune_horizons (
  subject text not null,
  pruned_before timestamp with time zone not null,
  refused_since timestamp with time zone,
  refusal text,
  sweep_began_at timestamp with time zone,
  sweep_before timestamp with time zone,
  sweep_file oid,
  sweep_block bigint,
  constraint prune_horizons_pkey PRIMARY KEY (subject),
  constraint prune_horizons_refusal CHECK (((refused_since IS NULL) = (refusal IS NULL)))
);

create table read_model_index_numbers (
  only_row boolean default true not null,
  highest bigint not null,
  constraint read_model_index_numbers_highest CHECK ((highest >= 1)),
  constraint read_model_index_numbers_one_row CHECK (only_row),
  constraint read_model_index_numbers_pkey PRIMARY KEY (only_row)
);

create table read_model_targets (
  alias text not null,
  added_at timestamp with time zone default now() not null,
  constraint read_model_targets_pkey PRIMARY KEY (alias)
);

create table required_projections (
  projection text not null,
  constraint required_projections_pkey PRIMARY KEY (projection)
);

create table reversals (
  wallet_id text not null,
  version bigint not null,
  amount_minor bigint not null,
  reversed_minor bigint not null,
  reversed_by jsonb not null,
  constraint reversals_amounts CHECK (((reversed_minor > 0) AND (reversed_minor <= amount_minor))),
  constraint reversals_pkey PRIMARY KEY (wallet_id, version)
);

create table schema_migrations (
  version integer not null,
  file text not null,
  oldest_code integer not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migrations_pkey PRIMARY KEY (version)
);

create table service_processes (
  id uuid not null,
  kind text not null,
  level smallint not null,
  seen_at timestamp with time zone default clock_timestamp() not null,
  constraint service_processes_level CHECK ((level >= 1)),
  constraint service_processes_pkey PRIMARY KEY (id)
);

create table tenants (
  id text not null,
  name text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  suspended_at timestamp with time zone,
  suspension_reason text,
  constraint tenants_default CHECK (((id <> ''::text) OR (suspended_at IS NULL))),
  constraint tenants_id CHECK (((id = ''::text) OR (id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text))),
  constraint tenants_name CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
  constraint tenants_pkey PRIMARY KEY (id),
  constraint tenants_reason CHECK ((char_length(suspension_reason) <= 500)),
  constraint tenants_suspension CHECK (((suspended_at IS NULL) = (suspension_reason IS NULL)))
);

create table wallet_details (
  wallet_id text not null,
  metadata jsonb not null,
  labels text[] not null,
  constraint wallet_details_pkey PRIMARY KEY (wallet_id)
);

create table wallet_usage (
  wallet_id text not null,
  rules jsonb not null,
  constraint wallet_usage_pkey PRIMARY KEY (wallet_id),
  constraint wallet_usage_rules CHECK (((jsonb_typeof(rules) = 'array'::text) AND (NOT jsonb_path_exists(rules, '$[*]?(@."usedCount" < 0 || @."usedAmount" starts with "-")'::jsonpath))))
);

create table wallets (
  id text not null,
  owner_id text not null,
  currency text not null,
  balance_minor bigint not null,
  version bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  held_minor bigint,
  minimum_minor bigint,
  hold_due_from timestamp with time zone,
  open_holds integer,
  terms_version integer,
  details_version integer,
  status text,
  terms jsonb,
  constraint wallets_balance CHECK (((balance_minor - COALESCE(held_minor, (0)::bigint)) >= COALESCE(minimum_minor, (0)::bigint))) NOT VALID,
  constraint wallets_holds CHECK ((((held_minor > 0) AND (open_holds > 0) AND (hold_due_from IS NOT NULL)) OR ((held_minor IS NULL) AND (open_holds IS NULL) AND (hold_due_from IS NULL)))) NOT VALID,
  constraint wallets_pkey PRIMARY KEY (id),
  constraint wallets_version CHECK ((version >= 1))
) with (fillfactor=50);

create table webhook_changes (
  singleton boolean default true not null,
  counter bigint default 0 not null,
  constraint webhook_changes_pkey PRIMARY KEY (singleton),
  constraint webhook_changes_singleton CHECK (singleton)
);

create table webhook_deliveries (
  endpoint_id text not null,
  position bigint not null,
  alert_number smallint not null,
  wallet_id text not null,
  version bigint not null,
  type text not null,
  parks_wallet boolean not null,
  state text default 'pending'::text not null,
  attempts integer not null,
  first_attempt_at timestamp with time zone default clock_timestamp() not null,
  last_attempt_at timestamp with time zone default clock_timestamp() not null,
  next_attempt_at timestamp with time zone,
  last_status smallint,
  last_reason text,
  last_ms integer,
  settled_at timestamp with time zone,
  constraint webhook_deliveries_alert_number CHECK (((alert_number >= 0) AND (alert_number <= 99))),
  constraint webhook_deliveries_endpoint_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  constraint webhook_deliveries_next CHECK (((state = 'pending'::text) = (next_attempt_at IS NOT NULL))),
  constraint webhook_deliveries_pkey PRIMARY KEY (endpoint_id, "position", alert_number),
  constraint webhook_deliveries_reason CHECK ((char_length(last_reason) <= 300)),
  constraint webhook_deliveries_settled CHECK (((state = 'pending'::text) = (settled_at IS NULL))),
  constraint webhook_deliveries_state CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text, 'skipped'::text])))
);

create table webhook_endpoints (
  id text not null,
  tenant text not null,
  url text not null,
  types text[],
  wallet_ids text[],
  labels text[],
  filter_revision bigint default 0 not null,
  ordered boolean not null,
  description text not null,
  signing text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  created_by text not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  idempotency_key text,
  request_hash text,
  state text default 'enabled'::text not null,
  disabled_at timestamp with time zone,
  disabled_reason text,
  lane text default 'fast'::text not null,
  paused_until timestamp with time zone,
  position bigint not null,
  fence bigint default 0 not null,
  retry_wanted bigint default 0 not null,
  retry_told bigint default 0 not null,
  delivered bigint default 0 not null,
  last_event_at timestamp with time zone,
  last_success_at timestamp with time zone,
  last_status smallint,
  last_reason text,
  last_ms integer,
  first_failure_at timestamp with time zone,
  constraint webhook_endpoints_disabled CHECK ((((state = 'disabled'::text) = (disabled_at IS NOT NULL)) AND ((disabled_at IS NULL) = (disabled_reason IS NULL)))),
  constraint webhook_endpoints_key UNIQUE (tenant, idempotency_key),
  constraint webhook_endpoints_lane CHECK ((lane = ANY (ARRAY['fast'::text, 'trial'::text, 'retry'::text]))),
  constraint webhook_endpoints_lengths CHECK ((((char_length(url) >= 1) AND (char_length(url) <= 2048)) AND (char_length(description) <= 500) AND (cardinality(types) <= 100) AND (cardinality(wallet_ids) <= 100) AND (cardinality(labels) <= 100))),
  constraint webhook_endpoints_pkey PRIMARY KEY (id),
  constraint webhook_endpoints_reason CHECK ((disabled_reason = ANY (ARRAY['owner'::text, 'gone'::text, 'failing'::text]))),
  constraint webhook_endpoints_repeat CHECK (((idempotency_key IS NULL) = (request_hash IS NULL))),
  constraint webhook_endpoints_signing CHECK ((signing = ANY (ARRAY['hmac'::text, 'ed25519'::text]))),
  constraint webhook_endpoints_state CHECK ((state = ANY (ARRAY['enabled'::text, 'disabled'::text]))),
  constraint webhook_endpoints_tenant_fkey FOREIGN KEY (tenant) REFERENCES tenants(id),
  constraint webhook_endpoints_told CHECK ((retry_told <= retry_wanted))
) with (fillfactor=60);

create table webhook_replays (
  endpoint_id text not null,
  id text not null,
  tenant text not null,
  types text[],
  position bigint not null,
  until_position bigint not null,
  from_time timestamp with time zone not null,
  until_time timestamp with time zone not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  created_by text not null,
  idempotency_key text not null,
  request_hash text not null,
  sent bigint default 0 not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone,
  last_status smallint,
  last_reason text,
  ended_at timestamp with time zone,
  outcome text,
  constraint webhook_replays_ended CHECK ((((ended_at IS NULL) = (outcome IS NULL)) AND ((ended_at IS NULL) = (next_attempt_at IS NOT NULL)))),
  constraint webhook_replays_endpoint_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  constraint webhook_replays_key UNIQUE (endpoint_id, idempotency_key),
  constraint webhook_replays_outcome CHECK ((outcome = ANY (ARRAY['sent'::text, 'failed'::text]))),
  constraint webhook_replays_pkey PRIMARY KEY (endpoint_id, id),
  constraint webhook_replays_reason CHECK ((char_length(last_reason) <= 300))
);

create table webhook_secrets (
  endpoint_id text not null,
  number integer not null,
  box bytea not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  valid_until timestamp with time zone,
  constraint webhook_secrets_endpoint_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints(id) ON DELETE CASCADE,
  constraint webhook_secrets_length CHECK (((octet_length(box) >= 1) AND (octet_length(box) <= 1000))),
  constraint webhook_secrets_pkey PRIMARY KEY (endpoint_id, number)
);

create view ledger_entries as
 SELECT ledger_postings."position",
    (((2 * ledger_postings.posting) - 1))::smallint AS leg,
    COALESCE(('wallet:'::text || ledger_postings.debit_wallet_id), (('settlement:'::text || "left"(ledger_postings.credit_wallet_id, strpos(ledger_postings.credit_wallet_id, '/'::text))) || ledger_postings.currency)) AS account,
    ('debit'::text COLLATE "C") AS direction,
    ledger_postings.amount_minor,
    ledger_postings.currency,
    ledger_postings.debit_balance_after_minor AS balance_after_minor,
    ledger_postings.occurred_at
   FROM ledger_postings
  WHERE (NOT ledger_postings.pending)
UNION ALL
 SELECT ledger_postings."position",
    ((2 * ledger_postings.posting))::smallint AS leg,
    COALESCE(('wallet:'::text || ledger_postings.credit_wallet_id), (('settlement:'::text || "left"(ledger_postings.debit_wallet_id, strpos(ledger_postings.debit_wallet_id, '/'::text))) || ledger_postings.currency)) AS account,
    ('credit'::text COLLATE "C") AS direction,
    ledger_postings.amount_minor,
    ledger_postings.currency,
    ledger_postings.credit_balance_after_minor AS balance_after_minor,
    ledger_postings.occurred_at
   FROM ledger_postings
  WHERE (NOT ledger_postings.pending);

create view outbox as
( SELECT outbox_rows."position",
    outbox_rows.created_at,
    NULL::timestamp with time zone AS processed_at
   FROM outbox_rows
  WHERE ((outbox_rows."position" > COALESCE(( SELECT passed_position."position"
           FROM passed_position), (0)::bigint)) AND (outbox_rows."position" <= ( SELECT '9223372036854775807'::bigint AS int8)))
  ORDER BY outbox_rows."position")
UNION ALL
( SELECT outbox_rows."position",
    outbox_rows.created_at,
    NULL::timestamp with time zone AS processed_at
   FROM outbox_rows
  WHERE ((outbox_rows."position" <= ( SELECT passed_position."position"
           FROM passed_position)) AND (outbox_rows."position" = ANY (ARRAY( SELECT parked_positions."position"
           FROM parked_positions))) AND (outbox_rows."position" >= ( SELECT min(parked_positions."position") AS min
           FROM parked_positions)) AND (outbox_rows."position" <= ( SELECT max(parked_positions."position") AS max
           FROM parked_positions)))
  ORDER BY outbox_rows."position")
UNION ALL
( SELECT outbox_rows."position",
    outbox_rows.created_at,
    outbox_rows.created_at AS processed_at
   FROM outbox_rows
  WHERE ((outbox_rows."position" <= ( SELECT passed_position."position"
           FROM passed_position)) AND (NOT (EXISTS ( SELECT
           FROM parked_positions parked
          WHERE (parked."position" = outbox_rows."position")))))
  ORDER BY outbox_rows."position");

alter view outbox alter column created_at set default now();

create view parked_positions as
 SELECT failures."position"
   FROM (( SELECT projection_failures.projection,
            projection_failures."position"
           FROM projection_failures
          WHERE (projection_failures.resolved_at IS NULL)
          ORDER BY projection_failures.next_attempt_at) failures
     JOIN required_projections required ON ((required.projection = failures.projection)));

create view passed_position as
 SELECT
        CASE
            WHEN (count(checkpoints."position") = count(*)) THEN min(checkpoints."position")
            ELSE NULL::bigint
        END AS "position"
   FROM (required_projections required
     LEFT JOIN projector_checkpoints checkpoints ON ((checkpoints.projection = required.projection)));

CREATE INDEX api_keys_by_tenant ON public.api_keys USING btree (tenant, id);

CREATE INDEX audit_log_time ON public.audit_log USING btree (at, id);

CREATE INDEX holds_due ON public.holds USING btree (expires_at) WHERE (ended_as IS NULL);

CREATE INDEX holds_newest ON public.holds USING btree (wallet_id, created_at, hold_id);

CREATE INDEX holds_open ON public.holds USING btree (wallet_id, expires_at) WHERE (ended_as IS NULL);

CREATE INDEX ledger_postings_credit ON ONLY public.ledger_postings USING btree (credit_wallet_id, "position") WHERE (credit_wallet_id IS NOT NULL);

CREATE INDEX ledger_postings_debit ON ONLY public.ledger_postings USING btree (debit_wallet_id, "position") WHERE (debit_wallet_id IS NOT NULL);

CREATE INDEX ledger_postings_s1_credit ON public.ledger_postings_s1 USING btree (credit_wallet_id, "position") WHERE (credit_wallet_id IS NOT NULL);

CREATE INDEX ledger_postings_s1_debit ON public.ledger_postings_s1 USING btree (debit_wallet_id, "position") WHERE (debit_wallet_id IS NOT NULL);

CREATE INDEX ledger_postings_s2_credit ON public.ledger_postings_s2 USING btree (credit_wallet_id, "position") WHERE (credit_wallet_id IS NOT NULL);

CREATE INDEX ledger_postings_s2_debit ON public.ledger_postings_s2 USING btree (debit_wallet_id, "position") WHERE (debit_wallet_id IS NOT NULL);

CREATE INDEX projection_failures_open ON public.projection_failures USING btree (next_attempt_at) WHERE (resolved_at IS NULL);

CREATE INDEX tenants_prefixes ON public.tenants USING btree (((id || '/'::text)));

CREATE INDEX tenants_suspended ON public.tenants USING btree (id) WHERE (suspended_at IS NOT NULL);

CREATE INDEX wallets_freeze_until ON public.wallets USING btree (((terms ->> 'until'::text))) WHERE ((terms ->> 'until'::text) IS NOT NULL);

CREATE INDEX wallets_owner ON public.wallets USING btree (owner_id, id);

CREATE INDEX webhook_deliveries_open ON public.webhook_deliveries USING btree (endpoint_id, next_attempt_at) WHERE (state = 'pending'::text);

CREATE INDEX webhook_deliveries_settled_at ON public.webhook_deliveries USING btree (endpoint_id, settled_at) WHERE (settled_at IS NOT NULL);

CREATE INDEX webhook_endpoints_by_tenant ON public.webhook_endpoints USING btree (tenant, id);

CREATE INDEX webhook_endpoints_given_up ON public.webhook_endpoints USING btree (disabled_at) WHERE (disabled_reason <> 'owner'::text);

CREATE INDEX webhook_endpoints_untold ON public.webhook_endpoints USING btree (id) WHERE (retry_wanted > retry_told);

CREATE UNIQUE INDEX webhook_parked_wallets ON public.webhook_deliveries USING btree (endpoint_id, wallet_id) WHERE (parks_wallet AND (state = ANY (ARRAY['pending'::text, 'failed'::text])));

CREATE OR REPLACE FUNCTION public.archive_columns(columns text[])
 RETURNS TABLE(place bigint, name text, written text, given text, stored text)
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  unsupported text;
begin
  select string_agg(format('%s %s', wanted, coalesce(format_type(atttypid, null), 'is missing')), ', ')
    into unsupported
    from unnest(columns) as wanted
    left join pg_attribute
      on attrelid = 'public.events'::regclass
     and attname = wanted
     and not attisdropped
   where atttypid is null
      or atttypid not in ('bigint'::regtype, 'integer'::regtype, 'smallint'::regtype, 'text'::regtype,
                          'jsonb'::regtype, 'uuid'::regtype, 'timestamptz'::regtype);
  if unsupported is not null then
    raise exception 'events can not be archived with these columns: %', unsupported;
  end if;
  return query
  select wanted.place,
         wanted.name,
         case
           when atttypid in ('text'::regtype, 'jsonb'::regtype)
           then format('coalesce(octet_length(%1$I::text) || '':'' || %1$I::text, ''-'')', wanted.name)
           when atttypid = 'timestamptz'::regtype
           then format('coalesce((extract(epoch from %I) * 1000000)::bigint::text, ''-'')', wanted.name)
           else format('coalesce(%I::text, ''-'')', wanted.name)
         end,
         format('%I %s', wanted.name,
                case
                  when atttypid in ('text'::regtype, 'jsonb'::regtype, 'uuid'::regtype) then 'text'
                  else 'bigint'
                end),
         case
           when atttypid = 'timestamptz'::regtype
           then format('timestamptz ''epoch'' + given.%I * interval ''1 microsecond''', wanted.name)
           else format('given.%I::%s', wanted.name, format_type(atttypid, null))
         end
    from unnest(columns) with ordinality as wanted (name, place)
    join pg_attribute
      on attrelid = 'public.events'::regclass
     and attname = wanted.name;
end
$function$;

CREATE OR REPLACE FUNCTION public.archive_hindrance(number integer, before timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select case
           -- src/eventStore/levels.ts. A process of the release before would miss the archived events.
           when (select level from public.log_head) < 11 then 'levels'
           when (select position from public.log_head) < to_position - 1 then 'filling'
           when exists (select
                          from public.events
                         where position = to_position - 1
                           and occurred_at >= before) then 'young'
           when coalesce((select position from public.passed_position), 0) < to_position - 1 then 'projections'
           when exists (select
                          from public.parked_positions
                         where position >= from_position
                           and position < to_position) then 'parked'
           when exists (select
                          from public.webhook_endpoints
                         where state = 'enabled'
                           and position < to_position - 1)
             or exists (select
                          from public.webhook_deliveries
                         where state = 'pending'
                           and position < to_position)
             or exists (select
                          from public.webhook_replays
                         where ended_at is null
                           and position < to_position - 1) then 'webhooks'
           when (select sums_through from public.ledger_form) < to_position - 1 then 'sums'
           when outbox_dropped_at is null then 'outbox'
         end
    from public.log_segments
   where segment = number
$function$;

CREATE OR REPLACE FUNCTION public.assert_ledger_balanced()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  suspect bigint;
begin
  for suspect in
    select touched.position
      from touched
     group by touched.position
    having sum(case touched.direction when 'debit' then touched.amount_minor else -touched.amount_minor end) <> 0
        or min(touched.currency) <> max(touched.currency)
  loop
    perform
       from ledger_entries as entries
      where entries.position = suspect
     having sum(case entries.direction when 'debit' then entries.amount_minor else -entries.amount_minor end) <> 0
         or min(entries.currency) <> max(entries.currency);
    if found then
      raise exception 'ledger entries of position % do not balance', suspect
        using errcode = 'check_violation', constraint = 'ledger_entries_balanced', table = 'ledger_entries';
    end if;
  end loop;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.assert_wallet_heads(written bigint, expected bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if written <> expected then
    raise exception 'a wallet is not as it was loaded'
      using errcode = 'unique_violation', constraint = 'wallet_heads', table = 'wallets';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.attach_ledger_part(part oid, from_at bigint, to_at bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  begin
    execute format('alter table public.ledger_postings attach partition %s for values from (%L) to (%L)',
                   part::regclass, from_at, to_at);
  exception when datatype_mismatch then
    execute format('drop table %s', part::regclass);
    return;
  end;
  execute format('alter table %s drop constraint ledger_bounds', part::regclass);
  perform public.hide_ledger_part(part::regclass);
end
$function$;

CREATE OR REPLACE FUNCTION public.begin_log_conversion(to_at bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '500ms'
AS $function$
declare
  name text;
begin
  perform pg_advisory_xact_lock(7261455);
  if public.log_is_segmented() or exists (select from public.log_segments) then
    return;
  end if;
  foreach name in array public.segmented_tables() loop
    execute format('alter table public.%I drop constraint if exists log_bounds', name);
    execute format('alter table public.%I add constraint log_bounds check (position >= 1 and position < %L::bigint) not valid',
                   name, to_at);
  end loop;
  insert into public.log_segments (segment, from_position, to_position) values (1, 1, to_at);
end
$function$;

CREATE OR REPLACE FUNCTION public.begin_log_restore(number integer)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  bounds record;
  part text := format('events_restore_s%s', number);
begin
  perform pg_advisory_xact_lock(7261456);
  select state, from_position, to_position
    into strict bounds
    from public.log_segments
    join public.log_archive_segments using (segment)
   where segment = number;
  if bounds.state = 'attached' then
    return 'attached';
  end if;
  if to_regclass(format('public.%I', format('events_s%s', number))) is not null then
    return 'detached';
  end if;
  execute format('drop table if exists public.%I', part);
  execute format('create table public.%I (like public.events including defaults including constraints '
                 'including generated including storage including compression including comments)', part);
  execute format('alter table public.%I owner to %I', part,
                 (select pg_get_userbyid(relowner) from pg_class where oid = 'public.events'::regclass));
  execute format('alter table public.%I add constraint log_bounds check (position >= %L::bigint and position < %L::bigint)',
                 part, bounds.from_position, bounds.to_position);
  return 'empty';
end
$function$;

CREATE OR REPLACE FUNCTION public.check_first_generation()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if not public.records_are_partitioned() then
    alter table public.idempotency_keys validate constraint idempotency_keys_generation;
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.check_log_bounds()
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  name text;
begin
  if public.log_is_segmented() then
    return;
  end if;
  foreach name in array public.segmented_tables() loop
    execute format('alter table public.%I validate constraint log_bounds', name);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.convert_log_table(name text, from_at bigint, to_at bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  old regclass := format('public.%I', name)::regclass;
  kept text[];
  one text;
begin
  select array_agg(statements.sql order by statements.step)
    into kept
    from (
      select 1 as step, format('alter table public.%I owner to %I', name, pg_get_userbyid(relowner)) as sql
        from pg_class
       where pg_class.oid = old
         and relowner <> current_user::regrole
       union all
      select 2, format('alter table public.%I add constraint %I %s', name, conname, pg_get_constraintdef(oid))
        from pg_constraint
       where conrelid = old
         and contype = 'c'
         and conname <> 'log_bounds'
       union all
      select 2, format('alter table public.%I add constraint %I primary key (position)', name, name || '_pkey')
       union all
      select 3, pg_get_triggerdef(oid)
        from pg_trigger
       where tgrelid = old
         and not tgisinternal
       union all
      select 4, format('grant %s on public.%I to %s%s', acl.privilege_type, name,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_class
       cross join lateral aclexplode(relacl) as acl
       where pg_class.oid = old
         and acl.grantee <> relowner
       union all
      select 4, format('grant %s (%I) on public.%I to %s%s', acl.privilege_type, attname, name,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_attribute
       cross join lateral aclexplode(attacl) as acl
       where attrelid = old
         and not attisdropped
       union all
      select 5, format('create policy %I on public.%I as %s for %s to %s using (%s)%s', policyname, name, permissive,
                       cmd, (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                       coalesce(qual, 'true'), ' with check (' || with_check || ')')
        from pg_class
        join pg_policies
          on schemaname = relnamespace::regnamespace::text
         and tablename = relname
       where pg_class.oid = old
       union all
      select 6, format('alter table public.%I enable row level security', name)
        from pg_class
       where pg_class.oid = old
         and relrowsecurity
    ) as statements;

  execute format('alter table %s rename to %I', old, name || '_s1');
  execute format('alter table %s rename constraint %I to %I', old, name || '_pkey', name || '_s1_pkey');
  if name = 'events' then
    execute format('alter table %s rename constraint events_wallet_version to events_s1_wallet_version', old);
    execute format('drop trigger events_never_change on %s', old);
  end if;
  execute format('create table public.%I (like %s including defaults including generated including storage '
                 'including compression including comments) partition by range (position)', name, old);
  foreach one in array kept loop
    execute one;
  end loop;
  execute format('alter table public.%I attach partition %s for values from (%L) to (%L)', name, old, from_at, to_at);
  execute format('alter table %s drop constraint if exists log_bounds', old);
  perform public.protect_log_segment(format('public.%I', name)::regclass, old);
end
$function$;

CREATE OR REPLACE FUNCTION public.count_api_key_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update api_key_changes
     set counter = counter + 1;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.count_webhook_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update webhook_changes
     set counter = counter + 1;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.current_command_generation()
 RETURNS integer
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT log_head.generation
    FROM log_head;
END;

CREATE OR REPLACE FUNCTION public.detach_ledger_parts(number integer, begins bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  leaving record;
  through bigint := 0;
begin
  for leaving in
    select part, from_position, to_position from public.leaving_ledger_parts(number) order by from_position
  loop
    execute format('alter table public.ledger_postings detach partition %s', leaving.part::regclass);
    execute format('alter table %s add constraint ledger_bounds check (position >= %L::bigint and position < %L::bigint) '
                   'not valid', leaving.part::regclass, leaving.from_position, leaving.to_position);
    through := leaving.to_position - 1;
  end loop;
  if through > begins then
    raise exception 'the parts of the ledger have changed meanwhile: try again' using errcode = 'lock_not_available';
  end if;
  update public.ledger_form
     set begins_after = through
   where begins_after < through;
end
$function$;

CREATE OR REPLACE FUNCTION public.detach_log_segment(number integer, before timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '250ms'
AS $function$
declare
  sealed record;
  hindrance text;
  begins bigint;
  child regclass;
begin
  perform pg_advisory_xact_lock(7261456);
  select step, to_position, archived_through
    into strict sealed
    from public.log_archive_segments
    join public.log_segments using (segment)
   cross join public.log_archive
   where segment = number;
  if sealed.step = 'detached' then
    return null;
  end if;
  if sealed.step <> 'opened' or sealed.archived_through < sealed.to_position - 1 then
    raise exception 'segment % is not detached: it is not opened', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  hindrance := public.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  begins := public.keep_ledger_opening(number);
  if begins is null then
    return 'ledger';
  end if;
  perform pg_advisory_xact_lock(7261455);
  hindrance := public.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  perform public.detach_ledger_parts(number, begins);
  child := to_regclass(format('public.%I', format('events_s%s', number)));
  if exists (select from pg_inherits where inhrelid = child) then
    execute format('alter table public.events detach partition %s', child);
  end if;
  update public.log_segments
     set state = 'detached'
   where segment = number;
  update public.log_archive_segments
     set step = 'detached',
         detached_at = clock_timestamp(),
         restored_at = null,
         problem = null,
         problem_at = null
   where segment = number;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.detached_ledger_parts()
 RETURNS TABLE(part oid, from_position bigint, to_position bigint)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select pg_class.oid, bounds[1]::bigint, bounds[2]::bigint
    from pg_class
    join pg_constraint
      on conrelid = pg_class.oid
     and conname = 'ledger_bounds'
   cross join lateral regexp_match(pg_get_constraintdef(pg_constraint.oid), '>= ''?(\d+).*< ''?(\d+)') as bounds
   where relnamespace = (select relnamespace from pg_class where oid = 'public.ledger_form'::regclass)
     and relname like 'ledger\_postings\_s%'
     and relname ~ '^ledger_postings_s\d+$'
     and relkind = 'r'
     and not relispartition
     and relowner = (select relowner from pg_class where oid = 'public.ledger_postings'::regclass)
$function$;

CREATE OR REPLACE FUNCTION public.drop_command_generation(number integer, before timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '300ms'
AS $function$
declare
  old regclass := to_regclass(format('public.idempotency_keys_g%s', number));
begin
  perform pg_advisory_xact_lock(7261456);
  if not exists (
       select
         from public.command_generations
        where generation = number
          and ended_at < before
          and number < (select generation from public.log_head)
     ) then
    return false;
  end if;
  if old is not null then
    execute format('drop table %s', old);
  end if;
  update public.command_generations
     set dropped_at = clock_timestamp(), due_at = null
   where generation = number
     and dropped_at is null;
  delete from public.command_generations
   where generation < number - 100;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.drop_log_segment(number integer, before timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  kept record;
  gone record;
begin
  perform pg_advisory_xact_lock(7261456);
  select step, detached_at, state, outbox_dropped_at, archived_through, to_position
    into strict kept
    from public.log_archive_segments
    join public.log_segments using (segment)
   cross join public.log_archive
   where segment = number;
  if kept.step = 'dropped' and kept.state = 'dropped' then
    return true;
  end if;
  if kept.step <> 'detached' or kept.state <> 'detached' or kept.outbox_dropped_at is null
     or kept.archived_through < kept.to_position - 1 then
    raise exception 'segment % is not dropped: it is not detached', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  if kept.detached_at >= before then
    return false;
  end if;
  execute format('drop table if exists public.%I', format('events_s%s', number));
  update public.log_segments
     set state = 'dropped'
   where segment = number;
  for gone in
    select part
      from public.detached_ledger_parts() as known
     where not exists (
             select
               from public.log_segments
              where log_segments.from_position < known.to_position
                and log_segments.to_position > known.from_position
                and state <> 'dropped'
           )
  loop
    execute format('drop table %s', gone.part::regclass);
  end loop;
  update public.log_archive_segments
     set step = 'dropped',
         dropped_at = clock_timestamp(),
         problem = null,
         problem_at = null
   where segment = number;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.drop_outbox_segment(before timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '250ms'
AS $function$
declare
  oldest record;
  dropped record;
  part text;
begin
  perform pg_advisory_xact_lock(7261455);
  select segment, from_position, to_position
    into oldest
    from public.log_segments
   where outbox_dropped_at is null
   order by segment
   limit 1;
  if not found or not public.log_is_segmented()
     or oldest.to_position - 1 > coalesce((select position from public.passed_position), 0)
     or exists (select
                  from public.parked_positions
                 where position >= oldest.from_position
                   and position < oldest.to_position)
     or exists (select
                  from public.outbox_rows
                 where position = oldest.to_position - 1
                   and created_at >= before) then
    return null;
  end if;
  select count(*) as rows, max(created_at) as newest
    into dropped
    from public.outbox_rows
   where position >= oldest.from_position
     and position < oldest.to_position;
  if dropped.newest >= before then
    return null;
  end if;
  -- The check for lost rows begins above. It would take the dropped rows for lost ones.
  update public.outbox_upkeep
     set pruned_through = greatest(pruned_through, oldest.to_position - 1);
  update public.log_segments
     set outbox_dropped_at = clock_timestamp()
   where segment = oldest.segment;
  part := format('public.%I', format('outbox_rows_s%s', oldest.segment));
  if to_regclass(part) is not null then
    execute format('drop table %s', part);
  end if;
  return dropped.rows;
end
$function$;

CREATE OR REPLACE FUNCTION public.fill_log_restore(number integer, page json)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  filled bigint;
  statement text;
begin
  select format('insert into public.%I (%s) select %s from json_to_recordset($1) as given (%s)',
                format('events_restore_s%s', number),
                string_agg(quote_ident(shapes.name), ', ' order by place),
                string_agg(stored, ', ' order by place),
                string_agg(given, ', ' order by place))
    into statement
    from public.archive_columns((select columns from public.log_archive_segments where segment = number)) as shapes;
  execute statement using page;
  get diagnostics filled = row_count;
  return filled;
end
$function$;

CREATE OR REPLACE FUNCTION public.finish_log_conversion()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '500ms'
AS $function$
declare
  first record;
  dependents text[] := public.log_dependents();
  shown text;
  rules text[];
  name text;
  one text;
begin
  perform pg_advisory_xact_lock(7261455);
  if public.log_is_segmented() then
    return false;
  end if;
  select from_position, to_position into strict first from public.log_segments where segment = 1;
  if cardinality(dependents) > 0 then
    raise exception 'the log was not cut into segments, because the new tables would lose: %',
                    array_to_string(dependents, ', ')
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Keep the definition of each, drop it, and create it again after the conversion.';
  end if;
  foreach name in array public.segmented_tables() loop
    execute format('lock table public.%I in access exclusive mode', name);
  end loop;
  shown := pg_get_viewdef('public.outbox'::regclass);
  select array_agg(regexp_replace(pg_get_ruledef(oid), '^CREATE RULE', 'CREATE OR REPLACE RULE'))
    into rules
    from pg_rewrite
   where ev_class = 'public.outbox'::regclass
     and rulename <> '_RETURN';
  foreach name in array public.segmented_tables() loop
    perform public.convert_log_table(name, first.from_position, first.to_position);
  end loop;
  execute 'create or replace view public.outbox as ' || shown;
  foreach one in array rules loop
    execute one;
  end loop;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.finish_log_restore(number integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  sealed record;
  sums record;
  kept record;
  part text := format('events_s%s', number);
  filled text := format('events_restore_s%s', number);
  source regclass;
begin
  perform pg_advisory_xact_lock(7261456);
  select state, from_position, to_position, columns, events, checksum
    into strict sealed
    from public.log_segments
    join public.log_archive_segments using (segment)
   where segment = number;
  if sealed.state = 'attached' then
    return;
  end if;
  source := coalesce(to_regclass(format('public.%I', part)), format('public.%I', filled)::regclass);
  select *
    into sums
    from public.log_checksum(source, sealed.columns, sealed.from_position, sealed.to_position);
  if sums.events <> sealed.events or sums.checksum <> sealed.checksum then
    raise exception 'segment % is not attached: its % events are not the % that were archived', number,
                    sums.events, sealed.events
      using errcode = 'data_corrupted';
  end if;
  if to_regclass(format('public.%I', part)) is null then
    execute format('alter table %s add constraint %I primary key (position)', source, part || '_pkey');
    execute format('alter table %s add constraint %I unique (wallet_id, version)', source, part || '_wallet_version');
    execute format('alter table %s rename to %I', source, part);
  end if;
  select known.part, from_position, to_position
    into kept
    from public.detached_ledger_parts() as known
   where from_position < sealed.to_position
     and to_position > sealed.from_position
     and exists (select from pg_class where oid = 'public.ledger_postings'::regclass and relkind = 'p')
     and not exists (
           select
             from public.ledger_parts('ledger_postings') as live
            where live.from_position < known.to_position
              and live.to_position > known.from_position
         );
  if kept.part is not null then
    -- The check spares the attachment a look at each row, while the ledger is locked.
    execute format('alter table %s validate constraint ledger_bounds', kept.part::regclass);
  end if;
  perform pg_advisory_xact_lock(7261455);
  execute format('alter table public.events attach partition %s for values from (%L) to (%L)', source,
                 sealed.from_position, sealed.to_position);
  execute format('alter table %s drop constraint if exists log_bounds', source);
  perform public.protect_log_segment('public.events'::regclass, source);
  if kept.part is not null then
    perform public.attach_ledger_part(kept.part, kept.from_position, kept.to_position);
  end if;
  update public.log_segments
     set state = 'attached'
   where segment = number;
  update public.log_archive_segments
     set restored_at = clock_timestamp()
   where segment = number;
end
$function$;

CREATE OR REPLACE FUNCTION public.hide_ledger_part(child regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  others record;
begin
  for others in
    select distinct case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as name
      from pg_class
     cross join lateral (
           select (aclexplode(pg_class.relacl)).grantee
            union all
           select (aclexplode(attacl)).grantee
             from pg_attribute
            where attrelid = pg_class.oid
     ) as acl
     where pg_class.oid = child
       and acl.grantee <> pg_class.relowner
  loop
    execute format('revoke all on %s from %s cascade', child, others.name);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_ledger_opening(number integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  known record;
  begins bigint;
begin
  -- The step `open` deletes the sums that no ledger begins with. It waits for this lock.
  select begins_after, archived_through
    into strict known
    from public.log_archive
   cross join public.ledger_form
     for share of log_archive;
  select greatest(known.begins_after, max(to_position) - 1) into begins from public.leaving_ledger_parts(number);
  if begins = known.begins_after then
    return begins;
  end if;
  if begins = known.archived_through then
    if exists (
         select
           from (select tenant_prefix, currency, debit_class, credit_class, amount_minor
                   from public.ledger_sums_through(known.begins_after, begins)
                  union all
                 select tenant_prefix, currency, debit_class, credit_class, -amount_minor
                   from public.opening_accounts
                  where position = begins) as compared
          group by tenant_prefix, currency, debit_class, credit_class
         having sum(amount_minor) <> 0
       ) then
      return null;
    end if;
    return begins;
  end if;
  insert into public.opening_accounts (position, tenant_prefix, currency, debit_class, credit_class, amount_minor)
  select begins, tenant_prefix, currency, debit_class, credit_class, amount_minor
    from public.ledger_sums_through(known.begins_after, begins)
      on conflict on constraint opening_accounts_pkey do nothing;
  return begins;
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_ledger_segments()
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  head bigint;
begin
  perform pg_advisory_xact_lock(7261455);
  select position into head from public.log_head;
  perform public.loosen_ledger_bounds(head);
  return public.make_ledger_parts('ledger_postings', greatest(
    least(head, coalesce((select position from public.projector_checkpoints where projection = 'ledger'), 0)),
    (select begins_after from public.ledger_form)));
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_log_segments(width bigint, ahead bigint)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  head bigint;
  last record;
  missing record;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(7261455);
  select position into head from public.log_head;
  if not public.log_is_segmented() then
    perform public.loosen_log_bounds(head);
    return 0;
  end if;
  for missing in
    select segment, from_position, to_position
      from public.log_segments
     -- A full segment may have lost its outbox rows, and needs nothing.
     where to_position > head + 1
       and (select count(*)
              from unnest(public.segmented_tables()) as name
              join pg_inherits
                on inhparent = format('public.%I', name)::regclass
               and inhrelid = to_regclass(format('public.%I', format('%s_s%s', name, segment))))
           < cardinality(public.segmented_tables())
     order by segment
  loop
    perform public.make_log_segment(missing.segment, missing.from_position, missing.to_position);
    made := made + 1;
  end loop;
  loop
    select count(*) filter (where from_position > head) as empty,
           coalesce(max(to_position), head + 1) as next_position,
           coalesce(max(segment), 0) as segment,
           (array_agg(to_position - from_position order by segment desc))[1] as width
      into last
      from public.log_segments;
    exit when made >= 8 or (last.empty >= 2 and last.next_position - 1 - head >= ahead);
    perform public.make_log_segment(last.segment + 1, last.next_position,
                                  last.next_position + greatest(1, coalesce(width, last.width)));
    insert into public.log_segments (segment, from_position, to_position)
    values (last.segment + 1, last.next_position, last.next_position + greatest(1, coalesce(width, last.width)));
    made := made + 1;
  end loop;
  begin
    perform public.keep_ledger_segments();
  exception when others then
    raise warning 'the ledger has no part for a segment yet: %', sqlerrm;
  end;
  return made;
end
$function$;

CREATE OR REPLACE FUNCTION public.leaving_ledger_parts(number integer)
 RETURNS TABLE(part oid, from_position bigint, to_position bigint)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select known.part, known.from_position, known.to_position
    from public.ledger_parts('ledger_postings') as known
   where known.to_position - 1 <= (select archived_through from public.log_archive)
     and not exists (
           select
             from public.log_segments
            where log_segments.from_position < known.to_position
              and log_segments.to_position > known.from_position
              and state = 'attached'
              and segment <> number
         )
$function$;

CREATE OR REPLACE FUNCTION public.ledger_parts(name text)
 RETURNS TABLE(part oid, from_position bigint, to_position bigint)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select inhrelid, bounds[1]::bigint, bounds[2]::bigint
    from pg_inherits
    join pg_class on pg_class.oid = inhrelid
   cross join lateral regexp_match(pg_get_expr(relpartbound, inhrelid),
                                   'FROM \(''(\d+)''\) TO \(''(\d+)''\)') as bounds
   where inhparent = to_regclass(format('public.%I', name))
$function$;

CREATE OR REPLACE FUNCTION public.ledger_sums_through(begins bigint, through bigint)
 RETURNS TABLE(tenant_prefix text, currency text, debit_class text, credit_class text, amount_minor numeric)
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select moved.tenant_prefix, moved.currency, moved.debit_class, moved.credit_class, sum(moved.amount_minor)
    from (select tenant_prefix, currency, debit_class, credit_class, amount_minor
            from public.opening_accounts
           where position = begins
           union all
          -- The keys are those of src/projections/ledger/sums/sumTexts.ts.
          select left(coalesce(debit_wallet_id, credit_wallet_id),
                      strpos(coalesce(debit_wallet_id, credit_wallet_id), '/')),
                 currency,
                 case when debit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end,
                 case when credit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end,
                 amount_minor
            from public.ledger_postings
           where position > begins
             and position <= through) as moved
   group by moved.tenant_prefix, moved.currency, moved.debit_class, moved.credit_class
$function$;

CREATE OR REPLACE FUNCTION public.log_checksum(source regclass, columns text[], from_at bigint, to_at bigint, OUT events bigint, OUT checksum text, OUT occurred_from timestamp with time zone, OUT occurred_to timestamp with time zone)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  running bytea := '';
  begun bigint := from_at;
  chunk record;
  statement text;
begin
  select format('select count(*) as events, min(occurred_at) as occurred_from, max(occurred_at) as occurred_to, '
                'sha256($1 || convert_to(string_agg(concat_ws('','', %s), E''\n'' order by position), ''UTF8'')) as checksum '
                'from %s where position >= $2 and position < $3',
                string_agg(written, ', ' order by place), source)
    into statement
    from public.archive_columns(columns);
  events := 0;
  while begun < to_at loop
    execute statement into chunk using running, begun, least(begun + 4096, to_at);
    if chunk.events > 0 then
      events := events + chunk.events;
      running := chunk.checksum;
      occurred_from := least(occurred_from, chunk.occurred_from);
      occurred_to := greatest(occurred_to, chunk.occurred_to);
    end if;
    begun := begun + 4096;
  end loop;
  checksum := encode(running, 'hex');
end
$function$;

CREATE OR REPLACE FUNCTION public.log_dependents()
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select array_agg(distinct case
                              when rule.ev_class is not null and rule.ev_class <> live.oid
                              then pg_describe_object('pg_class'::regclass, rule.ev_class, 0)
                              else pg_describe_object(depend.classid, depend.objid, depend.objsubid)
                            end)
    from pg_class as live
    join pg_type as type
      on type.oid = live.reltype
    join pg_depend as depend
      on (depend.refclassid = 'pg_class'::regclass and depend.refobjid = live.oid)
      or (depend.refclassid = 'pg_type'::regclass and depend.refobjid in (type.oid, type.typarray))
    left join pg_rewrite as rule
      on depend.classid = 'pg_rewrite'::regclass
     and rule.oid = depend.objid
   where live.oid in (select format('public.%I', name)::regclass from unnest(public.segmented_tables()) as name)
     and depend.deptype <> 'i'
     and depend.classid not in ('pg_attrdef'::regclass, 'pg_policy'::regclass, 'pg_type'::regclass)
     and (rule.ev_class is null or rule.ev_class <> 'public.outbox'::regclass)
     and not exists (
           select
             from pg_trigger
            where depend.classid = 'pg_trigger'::regclass
              and pg_trigger.oid = depend.objid
              and tgname = 'events_never_change'
         )
     and not exists (
           select
             from pg_constraint
            where depend.classid = 'pg_constraint'::regclass
              and pg_constraint.oid = depend.objid
              and (contype in ('c', 'n', 'p') or conname = 'events_wallet_version')
         )
$function$;

CREATE OR REPLACE FUNCTION public.log_is_segmented()
 RETURNS boolean
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select exists (
    select
      from pg_class
     where oid = to_regclass('public.events')
       and relkind = 'p'
  )
$function$;

CREATE OR REPLACE FUNCTION public.loosen_ledger_bounds(head bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if exists (
       select
         from pg_constraint
        cross join lateral regexp_match(pg_get_constraintdef(oid), '< ''?(\d+)') as ends
        where conrelid = 'public.ledger_postings'::regclass
          and conname = 'ledger_bounds'
          and head >= (select from_position from public.log_segments where to_position = ends[1]::bigint)
     ) then
    alter table public.ledger_postings drop constraint ledger_bounds;
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.loosen_log_bounds(head bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  name text;
begin
  if not exists (select from public.log_segments where head >= from_position + (to_position - from_position) / 2) then
    return;
  end if;
  foreach name in array public.segmented_tables() loop
    execute format('alter table public.%I drop constraint if exists log_bounds', name);
  end loop;
  delete from public.log_segments;
end
$function$;

CREATE OR REPLACE FUNCTION public.make_command_generation(number integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  name text := format('idempotency_keys_g%s', number);
  parent regclass := 'public.idempotency_keys'::regclass;
  child regclass;
  options text;
begin
  perform pg_advisory_xact_lock(7261456);
  if number is distinct from (select generation + 1 from public.log_head) then
    return false;
  end if;
  child := to_regclass(format('public.%I', name));
  if child is null then
    execute format('create table public.%I (like %s including all)', name, parent);
    child := format('public.%I', name)::regclass;
    if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
      execute format('alter table %s owner to %I', child,
                     (select pg_get_userbyid(relowner) from pg_class where oid = parent));
    end if;
    execute format('alter table %s set (autovacuum_vacuum_insert_threshold = -1)', child);
    -- Storage settings that an operator gave the generation before.
    select string_agg(format('%I = %L', option_name, option_value), ', ')
      into options
      from pg_class
     cross join lateral pg_options_to_table(reloptions)
     where pg_class.oid = to_regclass(format('public.idempotency_keys_g%s', number - 1));
    if options is not null then
      execute format('alter table %s set (%s)', child, options);
    end if;
  end if;
  -- The owner of another role's table would have rights over the records.
  if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
    raise exception 'the table % belongs to another role than the records: rename it', child;
  end if;
  if not exists (select from pg_index where indrelid = child and indisprimary) then
    execute format('alter table %s add constraint %I primary key (command_id)', child, name || '_pkey');
  end if;
  if not exists (select from pg_inherits where inhrelid = child and inhparent = parent) then
    execute format('alter table %s attach partition %s for values in (%s)', parent, child, number);
  end if;
  perform public.protect_command_generation(child);
  insert into public.command_generations (generation) values (number) on conflict do nothing;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.make_ledger_parts(name text, after bigint)
 RETURNS integer
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  parent regclass := to_regclass(format('public.%I', name));
  parent_owner oid;
  wanted record;
  part text;
  child regclass;
  options text;
  made integer := 0;
begin
  select relowner into parent_owner from pg_class where oid = parent and relkind = 'p';
  if not found then
    return 0;
  end if;
  -- Storage settings that an operator gave the newest part.
  select string_agg(format('%I = %L', option_name, option_value), ', ')
    into options
    from (select reloptions
            from public.ledger_parts('ledger_postings') as known
            join pg_class on pg_class.oid = known.part
           order by known.to_position desc
           limit 1) as newest
   cross join lateral pg_options_to_table(newest.reloptions);
  for wanted in
    select segment, from_position, to_position
      from public.log_segments
     where to_position > after + 1
       and not exists (
             select
               from public.ledger_parts(name) as known
              where known.from_position < log_segments.to_position
                and known.to_position > log_segments.from_position
           )
     order by segment
  loop
    part := format('%s_s%s', name, wanted.segment);
    child := to_regclass(format('public.%I', part));
    if child is null then
      execute format('create table public.%I (like %s including all excluding indexes)', part, parent);
      child := format('public.%I', part)::regclass;
      if (select relowner from pg_class where oid = child) <> parent_owner then
        execute format('alter table %s owner to %I', child, pg_get_userbyid(parent_owner));
      end if;
      if options is not null then
        execute format('alter table %s set (%s)', child, options);
      end if;
      -- A table that a rebuild still fills has no indexes.
      if exists (select from pg_index where indrelid = parent and indisprimary) then
        execute format('alter table %s add constraint %I primary key (position, posting)', child, part || '_pkey');
        execute format('create index %I on %s (debit_wallet_id, position) where debit_wallet_id is not null',
                       part || '_debit', child);
        execute format('create index %I on %s (credit_wallet_id, position) where credit_wallet_id is not null',
                       part || '_credit', child);
      end if;
    end if;
    -- Somebody else's table of this name would give its owner rights over the ledger.
    if (select relowner from pg_class where oid = child) <> parent_owner then
      raise exception 'the table % belongs to another role than the ledger: rename it', child;
    end if;
    execute format('alter table %s attach partition %s for values from (%L) to (%L)', parent, child,
                   wanted.from_position, wanted.to_position);
    perform public.hide_ledger_part(child);
    made := made + 1;
  end loop;
  return made;
end
$function$;

CREATE OR REPLACE FUNCTION public.make_log_segment(number integer, from_at bigint, to_at bigint)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  name text;
  part text;
  parent regclass;
  child regclass;
  before regclass;
  options text;
begin
  foreach name in array public.segmented_tables() loop
    parent := format('public.%I', name)::regclass;
    part := format('%s_s%s', name, number);
    child := to_regclass(format('public.%I', part));
    if child is null then
      execute format('create table public.%I (like %s including all)', part, parent);
      child := format('public.%I', part)::regclass;
      if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
        execute format('alter table %s owner to %I', child,
                       (select pg_get_userbyid(relowner) from pg_class where oid = parent));
      end if;
      -- Storage settings that an operator gave the segment before.
      before := to_regclass(format('public.%I', format('%s_s%s', name, number - 1)));
      select string_agg(format('%I = %L', option_name, option_value), ', ')
        into options
        from pg_class
       cross join lateral pg_options_to_table(reloptions)
       where pg_class.oid = before;
      if options is not null then
        execute format('alter table %s set (%s)', child, options);
      end if;
    end if;
    -- Somebody else's table of this name would give its owner rights over the log.
    if (select relowner from pg_class where oid = child) <> (select relowner from pg_class where oid = parent) then
      raise exception 'the table % belongs to another role than the log: rename it', child;
    end if;
    -- Another relation may have the name of the index, so the constraint itself is looked for.
    if name = 'events' and not exists (
         select
           from pg_constraint
          where conrelid = child
            and contype = 'u'
            and conname = part || '_wallet_version'
       ) then
      execute format('alter table %s add constraint %I unique (wallet_id, version)', child, part || '_wallet_version');
    end if;
    if not exists (select from pg_inherits where inhrelid = child and inhparent = parent) then
      execute format('alter table %s attach partition %s for values from (%L) to (%L)', parent, child, from_at, to_at);
    end if;
    perform public.protect_log_segment(parent, child);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_archive_export(number integer, file text, bytes bigint, sha256 text, manifest text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update public.log_archive_segments
     set step = 'exported',
         file = note_archive_export.file,
         bytes = note_archive_export.bytes,
         sha256 = note_archive_export.sha256,
         manifest_sha256 = manifest,
         exported_at = clock_timestamp()
   where segment = number
     and step in ('sealed', 'exported');
  if not found then
    raise exception 'segment % is not exported now', number using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_archive_opened(number integer)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update public.log_archive_segments
     set step = 'opened',
         opened_at = clock_timestamp()
   where segment = number
     and step = 'verified'
     and (select archived_through from public.log_archive)
         >= (select to_position - 1 from public.log_segments where segment = number);
  if not found then
    raise exception 'segment % is not opened: it is not verified, or the opening state ends before it', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_archive_problem(number integer, words text)
 RETURNS void
 LANGUAGE sql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  update public.log_archive_segments
     set problem = left(words, 1000),
         problem_at = clock_timestamp(),
         step = case step when 'exported' then 'sealed' else step end
   where segment = number
$function$;

CREATE OR REPLACE FUNCTION public.note_archive_verified(number integer, sha256 text, events bigint, checksum text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  is_opened boolean;
begin
  select archived_through >= to_position - 1
    into strict is_opened
    from public.log_archive
   cross join public.log_segments
   where segment = number;
  update public.log_archive_segments as sealed
     set step = case when is_opened then 'opened' else 'verified' end,
         verified_at = clock_timestamp(),
         opened_at = case when is_opened then coalesce(opened_at, clock_timestamp()) end,
         problem = null,
         problem_at = null
   where segment = number
     and step = 'exported'
     and sealed.sha256 = note_archive_verified.sha256
     and sealed.events = note_archive_verified.events
     and sealed.checksum = note_archive_verified.checksum;
  if not found then
    raise exception 'segment % is not verified: it is not exported, or its file has other events', number
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.partition_records()
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '300ms'
AS $function$
declare
  old regclass;
  kept text[];
  one text;
begin
  perform pg_advisory_xact_lock(7261456);
  lock table public.idempotency_keys in access exclusive mode;
  if public.records_are_partitioned() then
    return false;
  end if;
  old := 'public.idempotency_keys'::regclass;
  if cardinality(public.record_dependents()) > 0 then
    raise exception 'the records were not put into generations, because the new table would lose: %',
                    array_to_string(public.record_dependents(), ', ')
      using errcode = 'object_not_in_prerequisite_state',
            hint = 'Keep the definition of each, drop it, and create it again afterwards.';
  end if;
  if not (select convalidated from pg_constraint where conrelid = old and conname = 'idempotency_keys_generation') then
    raise exception 'the generation of the records was not checked'
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  select array_agg(statements.sql order by statements.step)
    into kept
    from (
      select 1 as step, format('alter table public.idempotency_keys owner to %I', pg_get_userbyid(relowner)) as sql
        from pg_class
       where pg_class.oid = old
         and relowner <> current_user::regrole
       union all
      select 2, format('alter table public.idempotency_keys add constraint %I %s', conname, pg_get_constraintdef(oid))
        from pg_constraint
       where conrelid = old
         and contype = 'c'
         and conname <> 'idempotency_keys_generation'
       union all
      select 3, format('grant %s on public.idempotency_keys to %s%s', acl.privilege_type,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_class
       cross join lateral aclexplode(relacl) as acl
       where pg_class.oid = old
         and acl.grantee <> relowner
       union all
      select 3, format('grant %s (%I) on public.idempotency_keys to %s%s', acl.privilege_type, attname,
                       case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
                       case when acl.is_grantable then ' with grant option' else '' end)
        from pg_attribute
       cross join lateral aclexplode(attacl) as acl
       where attrelid = old
         and not attisdropped
       union all
      select 4, format('create policy %I on public.idempotency_keys as %s for %s to %s using (%s)%s', policyname,
                       permissive, cmd, (select string_agg(quote_ident(role), ', ') from unnest(roles) as role),
                       coalesce(qual, 'true'), ' with check (' || with_check || ')')
        from pg_class
        join pg_policies
          on schemaname = relnamespace::regnamespace::text
         and tablename = relname
       where pg_class.oid = old
       union all
      select 5, 'alter table public.idempotency_keys enable row level security'
        from pg_class
       where pg_class.oid = old
         and relrowsecurity
    ) as statements;
  alter table public.idempotency_keys rename to idempotency_keys_g0;
  create table public.idempotency_keys (like public.idempotency_keys_g0 including defaults including storage
                                      including compression including comments) partition by list (generation);
  foreach one in array kept loop
    execute one;
  end loop;
  alter table public.idempotency_keys attach partition public.idempotency_keys_g0 for values in (0);
  alter table public.idempotency_keys_g0 drop constraint idempotency_keys_generation;
  -- No row of a generation is ever updated or deleted, so a vacuum would only read it.
  alter table public.idempotency_keys_g0 set (autovacuum_vacuum_insert_threshold = -1);
  perform public.protect_command_generation('public.idempotency_keys_g0'::regclass);
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.protect_command_generation(child regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  others record;
begin
  for others in
    select distinct case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as name
      from pg_class
     cross join lateral (
           select (aclexplode(pg_class.relacl)).grantee
            union all
           select (aclexplode(attacl)).grantee
             from pg_attribute
            where attrelid = pg_class.oid
     ) as acl
     where pg_class.oid = child
       and acl.grantee <> pg_class.relowner
  loop
    execute format('revoke all on %s from %s cascade', child, others.name);
  end loop;
  for others in
    select distinct quote_ident(pg_get_userbyid(acl.grantee)) as name
      from pg_class
     cross join lateral aclexplode(relacl) as acl
     where pg_class.oid = 'public.idempotency_keys'::regclass
       and acl.privilege_type = 'MAINTAIN'
       and acl.grantee not in (0, relowner)
  loop
    execute format('grant maintain on %s to %s', child, others.name);
  end loop;
end
$function$;

CREATE OR REPLACE FUNCTION public.protect_log_segment(parent regclass, child regclass)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  others record;
begin
  for others in
    select distinct case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as name
      from pg_class
     cross join lateral (
           select (aclexplode(pg_class.relacl)).grantee
            union all
           select (aclexplode(attacl)).grantee
             from pg_attribute
            where attrelid = pg_class.oid
     ) as acl
     where pg_class.oid = child
       and acl.grantee <> pg_class.relowner
  loop
    execute format('revoke all on %s from %s cascade', child, others.name);
  end loop;
  for others in
    select distinct quote_ident(pg_get_userbyid(acl.grantee)) as name
      from pg_class
     cross join lateral aclexplode(pg_class.relacl) as acl
     where pg_class.oid = parent
       and acl.privilege_type = 'MAINTAIN'
       and acl.grantee not in (0, pg_class.relowner)
  loop
    execute format('grant maintain on %s to %s', child, others.name);
  end loop;
  if not exists (select from pg_trigger where tgrelid = child and tgname = 'segment_never_written') then
    execute format('create trigger segment_never_written before insert or update or delete or truncate on %s '
                   'for each statement execute function public.refuse_segment_write()', child);
  end if;
end
$function$;

CREATE OR REPLACE FUNCTION public.record_dependents()
 RETURNS text[]
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select array_agg(found.name)
    from (
      select distinct pg_describe_object('pg_class'::regclass, ev_class, 0) as name
        from pg_depend
        join pg_rewrite
          on pg_rewrite.oid = objid
       where classid = 'pg_rewrite'::regclass
         and refclassid = 'pg_class'::regclass
         and refobjid = to_regclass('public.idempotency_keys')
       union all
      select pg_describe_object('pg_trigger'::regclass, oid, 0)
        from pg_trigger
       where tgrelid = to_regclass('public.idempotency_keys')
         and not tgisinternal
       union all
      select pg_describe_object('pg_publication_rel'::regclass, oid, 0)
        from pg_publication_rel
       where prrelid = to_regclass('public.idempotency_keys')
    ) as found
$function$;

CREATE OR REPLACE FUNCTION public.records_are_partitioned()
 RETURNS boolean
 LANGUAGE sql
 STABLE
BEGIN ATOMIC
 SELECT (EXISTS ( SELECT
            FROM pg_class
           WHERE ((pg_class.oid = (to_regclass('public.idempotency_keys'::text))::oid) AND (pg_class.relkind = 'p'::"char")))) AS "exists";
END;

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    return null;
  end if;
  raise exception '% on % is refused: the audit log is only added to', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_log_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    if tg_level = 'ROW' then
      return new;
    end if;
    return null;
  end if;
  raise exception '% on % is refused: events are never changed, and the head of the log only rises', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_segment_write()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    return null;
  end if;
  raise exception '% on % is refused: a segment of the log is written through its table', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$function$;

CREATE OR REPLACE FUNCTION public.release_log_segment(number integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform pg_advisory_xact_lock(7261456);
  update public.log_archive_segments
     set step = 'opened',
         restored_at = null
   where segment = number
     and restored_at is not null
     and exists (select
                   from public.log_segments
                  where segment = number
                    and state = 'attached');
  return found;
end
$function$;

CREATE OR REPLACE FUNCTION public.seal_log_segment(number integer, before timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  bounds record;
  kept text[];
  sums record;
  hindrance text;
begin
  perform pg_advisory_xact_lock(7261456);
  if exists (select from public.log_archive_segments where segment = number) then
    return null;
  end if;
  select from_position, to_position into strict bounds from public.log_segments where segment = number;
  if exists (select
               from public.log_segments as earlier
              where earlier.segment < number
                and not exists (select
                                  from public.log_archive_segments
                                 where segment = earlier.segment)) then
    return 'order';
  end if;
  hindrance := public.archive_hindrance(number, before);
  if hindrance is not null then
    return hindrance;
  end if;
  select array_agg(attname::text order by attnum)
    into kept
    from pg_attribute
   where attrelid = 'public.events'::regclass
     and attnum > 0
     and not attisdropped;
  select *
    into sums
    from public.log_checksum(format('public.%I', format('events_s%s', number))::regclass, kept,
                           bounds.from_position, bounds.to_position);
  if sums.events <> bounds.to_position - bounds.from_position then
    raise exception 'segment % has % events instead of %: it is not archived', number, sums.events,
                    bounds.to_position - bounds.from_position
      using errcode = 'data_corrupted';
  end if;
  if sums.occurred_to >= before then
    return 'young';
  end if;
  insert into public.log_archive_segments (segment, columns, events, checksum, occurred_from, occurred_to)
  values (number, kept, sums.events, sums.checksum, sums.occurred_from, sums.occurred_to);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.seal_log_segment_again(number integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  sealed record;
begin
  perform pg_advisory_xact_lock(7261456);
  select step, state, restored_at
    into strict sealed
    from public.log_archive_segments
    join public.log_segments using (segment)
   where segment = number;
  if sealed.state = 'dropped' or sealed.restored_at is not null
     or sealed.step not in ('exported', 'verified', 'opened', 'detached') then
    return false;
  end if;
  if sealed.state = 'detached' then
    -- Compares its rows with what was sealed, and attaches it.
    perform public.finish_log_restore(number);
  end if;
  update public.log_archive_segments
     set step = 'sealed',
         -- A step is late only from now on.
         sealed_at = clock_timestamp(),
         restored_at = null
   where segment = number;
  return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.segmented_tables()
 RETURNS text[]
 LANGUAGE sql
 IMMUTABLE
RETURN ARRAY['outbox_rows'::text, 'events'::text];

CREATE OR REPLACE FUNCTION public.switch_command_generation(number integer)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
 SET lock_timeout TO '2s'
AS $function$
declare
  next regclass := to_regclass(format('public.idempotency_keys_g%s', number));
  at timestamptz;
begin
  perform pg_advisory_xact_lock(7261456);
  if number is distinct from (select generation + 1 from public.log_head)
     or not exists (
          select
            from pg_inherits
            join pg_index
              on indrelid = inhrelid
             and indisprimary
             and indkey::text = (select attnum::text
                                   from pg_attribute
                                  where attrelid = inhrelid
                                    and attname = 'command_id')
           where inhrelid = next
             and inhparent = 'public.idempotency_keys'::regclass
        ) then
    return false;
  end if;
  execute format('alter index public.idempotency_keys_pkey rename to %I', format('idempotency_keys_g%s_pkey', number - 1));
  execute format('alter index public.%I rename to idempotency_keys_pkey', format('idempotency_keys_g%s_pkey', number));
  update public.log_head
     set generation = number, fence = fence + 1;
  -- Read under the lock, so every record of the generation is older.
  at := clock_timestamp();
  update public.command_generations
     set ended_at = at, due_at = null
   where generation = number - 1;
  update public.command_generations
     set began_at = at
   where generation = number;
  return true;
end
$function$;

CREATE TRIGGER api_keys_changed AFTER DELETE OR UPDATE OF tenant, operator, scopes, allowed_addresses, expires_at, revoked_at ON public.api_keys FOR EACH STATEMENT EXECUTE FUNCTION count_api_key_change();

CREATE TRIGGER audit_log_never_changes BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER audit_outcomes_never_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_outcomes FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TRIGGER events_never_change BEFORE DELETE OR UPDATE OR TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_change();

CREATE TRIGGER segment_never_written BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.events_s1 FOR EACH STATEMENT EXECUTE FUNCTION refuse_segment_write();

CREATE TRIGGER segment_never_written BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.events_s2 FOR EACH STATEMENT EXECUTE FUNCTION refuse_segment_write();

CREATE TRIGGER log_head_never_falls BEFORE UPDATE ON public.log_head FOR EACH ROW WHEN (((new."position" < old."position") OR (new.fence < old.fence) OR (new.level < old.level) OR (new.generation < old.generation))) EXECUTE FUNCTION refuse_log_change();

CREATE TRIGGER log_head_never_goes BEFORE DELETE OR TRUNCATE ON public.log_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_change();

CREATE TRIGGER segment_never_written BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.outbox_rows_s1 FOR EACH STATEMENT EXECUTE FUNCTION refuse_segment_write();

CREATE TRIGGER segment_never_written BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.outbox_rows_s2 FOR EACH STATEMENT EXECUTE FUNCTION refuse_segment_write();

CREATE TRIGGER tenants_changed_for_webhooks AFTER UPDATE OF suspended_at ON public.tenants FOR EACH STATEMENT EXECUTE FUNCTION count_webhook_change();

CREATE TRIGGER webhook_endpoints_changed AFTER INSERT OR DELETE ON public.webhook_endpoints FOR EACH STATEMENT EXECUTE FUNCTION count_webhook_change();

CREATE TRIGGER webhook_endpoints_updated AFTER UPDATE OF url, types, wallet_ids, labels, state, lane, fence ON public.webhook_endpoints FOR EACH ROW WHEN ((((((((old.url IS DISTINCT FROM new.url) OR (old.types IS DISTINCT FROM new.types)) OR (old.wallet_ids IS DISTINCT FROM new.wallet_ids)) OR (old.labels IS DISTINCT FROM new.labels)) OR (old.state IS DISTINCT FROM new.state)) OR (old.lane IS DISTINCT FROM new.lane)) OR (old.fence IS DISTINCT FROM new.fence))) EXECUTE FUNCTION count_webhook_change();

CREATE TRIGGER webhook_secrets_changed AFTER INSERT OR UPDATE ON public.webhook_secrets FOR EACH STATEMENT EXECUTE FUNCTION count_webhook_change();

CREATE RULE outbox_delete AS
    ON DELETE TO public.outbox DO INSTEAD  DELETE FROM outbox_rows
  WHERE (outbox_rows."position" = old."position")
  RETURNING outbox_rows."position",
    outbox_rows.created_at,
    NULL::timestamp with time zone AS timestamptz;

CREATE RULE outbox_insert AS
    ON INSERT TO public.outbox DO INSTEAD  INSERT INTO outbox_rows ("position", created_at)
  VALUES (new."position", new.created_at);

CREATE RULE outbox_update AS
    ON UPDATE TO public.outbox DO INSTEAD NOTHING;
