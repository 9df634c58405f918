-- Webhook endpoints. Each is a cursor over the event feed of its tenant: every event up to `position` was
-- delivered, was not asked for, or has a row in webhook_deliveries.
create table webhook_endpoints (
  id text collate "C" not null,
  tenant text collate "C" not null,
  url text not null,
  -- Names of the feed. Null asks for nothing, so every event fits. The same holds for the next two.
  types text[] collate "C",
  -- By their ids inside.
  wallet_ids text[] collate "C",
  labels text[],
  -- Raised by each change of the three. A drain stores its cursor only under the revision that it reads by.
  filter_revision bigint not null default 0,
  ordered boolean not null,
  description text not null,
  -- How the newest secret signs.
  signing text collate "C" not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text collate "C" not null,
  changed_at timestamptz not null default clock_timestamp(),
  idempotency_key text collate "C",
  request_hash text collate "C",
  state text collate "C" not null default 'enabled',
  disabled_at timestamptz,
  -- By its owner, after 410, or after five days without a success.
  disabled_reason text collate "C",
  -- The drain delivers in the lane `fast`. In the lane `retry` only the workflow of the endpoint sends.
  -- In the lane `trial` the drain sends one new event, and its outcome leads to one of the others.
  lane text collate "C" not null default 'fast',
  -- The receiver asked for no request until then.
  paused_until timestamptz,
  position bigint not null,
  -- Raised when a wallet stops being parked. A drain that passed over events of it has to read them again.
  fence bigint not null default 0,
  -- A drain starts or wakes the workflow of the endpoint while less was told than is wanted.
  retry_wanted bigint not null default 0,
  retry_told bigint not null default 0,
  delivered bigint not null default 0,
  last_event_at timestamptz,
  last_success_at timestamptz,
  last_status smallint,
  last_reason text,
  last_ms integer,
  -- The first failure since the last success. Null while the last delivery succeeded.
  first_failure_at timestamptz,
  constraint webhook_endpoints_pkey primary key (id),
  constraint webhook_endpoints_tenant_fkey foreign key (tenant) references tenants (id),
  constraint webhook_endpoints_key unique (tenant, idempotency_key),
  constraint webhook_endpoints_repeat check ((idempotency_key is null) = (request_hash is null)),
  constraint webhook_endpoints_state check (state in ('enabled', 'disabled')),
  constraint webhook_endpoints_disabled check (
    (state = 'disabled') = (disabled_at is not null) and (disabled_at is null) = (disabled_reason is null)
  ),
  constraint webhook_endpoints_reason check (disabled_reason in ('owner', 'gone', 'failing')),
  constraint webhook_endpoints_signing check (signing in ('hmac', 'ed25519')),
  constraint webhook_endpoints_lane check (lane in ('fast', 'trial', 'retry')),
  constraint webhook_endpoints_told check (retry_told <= retry_wanted),
  constraint webhook_endpoints_lengths check (
    char_length(url) between 1 and 2048 and char_length(description) <= 500
    and cardinality(types) <= 100 and cardinality(wallet_ids) <= 100 and cardinality(labels) <= 100
  )
) with (fillfactor = 60);
create index webhook_endpoints_by_tenant on webhook_endpoints (tenant, id);
create index webhook_endpoints_untold on webhook_endpoints (id) where retry_wanted > retry_told;
create index webhook_endpoints_given_up on webhook_endpoints (disabled_at) where disabled_reason <> 'owner';

-- Secrets under which deliveries are signed, encrypted under a key that is not in the database. Several are
-- valid while one replaces another.
create table webhook_secrets (
  endpoint_id text collate "C" not null,
  number integer not null,
  box bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  valid_until timestamptz,
  constraint webhook_secrets_pkey primary key (endpoint_id, number),
  constraint webhook_secrets_endpoint_fkey foreign key (endpoint_id) references webhook_endpoints (id)
    on delete cascade,
  constraint webhook_secrets_length check (octet_length(box) between 1 and 1000)
);

-- Deliveries that did not succeed at once. A delivery that did leaves no row: the position of its endpoint
-- says it. With `parks_wallet`, later events of the wallet wait for this one, and they have no rows.
-- An event and its alerts have one position. The event has the number 0, and its alerts count from 1.
create table webhook_deliveries (
  endpoint_id text collate "C" not null,
  position bigint not null,
  alert_number smallint not null,
  wallet_id text collate "C" not null,
  version bigint not null,
  type text collate "C" not null,
  parks_wallet boolean not null,
  state text collate "C" not null default 'pending',
  attempts integer not null,
  first_attempt_at timestamptz not null default clock_timestamp(),
  last_attempt_at timestamptz not null default clock_timestamp(),
  next_attempt_at timestamptz,
  last_status smallint,
  last_reason text,
  last_ms integer,
  settled_at timestamptz,
  constraint webhook_deliveries_pkey primary key (endpoint_id, position, alert_number),
  constraint webhook_deliveries_endpoint_fkey foreign key (endpoint_id) references webhook_endpoints (id)
    on delete cascade,
  constraint webhook_deliveries_alert_number check (alert_number between 0 and 99),
  constraint webhook_deliveries_state check (state in ('pending', 'delivered', 'failed', 'skipped')),
  constraint webhook_deliveries_next check ((state = 'pending') = (next_attempt_at is not null)),
  constraint webhook_deliveries_settled check ((state = 'pending') = (settled_at is null)),
  constraint webhook_deliveries_reason check (char_length(last_reason) <= 300)
);
-- One parked event of a wallet at most.
create unique index webhook_parked_wallets on webhook_deliveries (endpoint_id, wallet_id)
  where parks_wallet and state in ('pending', 'failed');
create index webhook_deliveries_open on webhook_deliveries (endpoint_id, next_attempt_at) where state = 'pending';
create index webhook_deliveries_settled_at on webhook_deliveries (endpoint_id, settled_at)
  where settled_at is not null;

-- Parts of the feed that are sent to an endpoint once more. `position` is how far it has come.
create table webhook_replays (
  endpoint_id text collate "C" not null,
  id text collate "C" not null,
  tenant text collate "C" not null,
  types text[] collate "C",
  position bigint not null,
  until_position bigint not null,
  from_time timestamptz not null,
  until_time timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text collate "C" not null,
  idempotency_key text collate "C" not null,
  request_hash text collate "C" not null,
  sent bigint not null default 0,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  last_status smallint,
  last_reason text,
  ended_at timestamptz,
  outcome text collate "C",
  constraint webhook_replays_pkey primary key (endpoint_id, id),
  constraint webhook_replays_key unique (endpoint_id, idempotency_key),
  constraint webhook_replays_endpoint_fkey foreign key (endpoint_id) references webhook_endpoints (id)
    on delete cascade,
  constraint webhook_replays_outcome check (outcome in ('sent', 'failed')),
  constraint webhook_replays_ended check (
    (ended_at is null) = (outcome is null) and (ended_at is null) = (next_attempt_at is not null)
  ),
  constraint webhook_replays_reason check (char_length(last_reason) <= 300)
);

-- Raised by every change that a drain has to know. Moving a cursor is none.
create table webhook_changes (
  singleton boolean default true,
  counter bigint not null default 0,
  constraint webhook_changes_pkey primary key (singleton),
  constraint webhook_changes_singleton check (singleton)
);
insert into webhook_changes default values;

create function count_webhook_change() returns trigger
language plpgsql as $$
begin
  update webhook_changes
     set counter = counter + 1;
  return null;
end
$$;

create trigger webhook_endpoints_changed
  after insert or delete
     or update of url, types, wallet_ids, labels, state, lane, fence, retry_wanted on webhook_endpoints
  for each statement execute function count_webhook_change();
-- Endpoints of a suspended tenant get nothing.
create trigger tenants_changed_for_webhooks
  after update of suspended_at on tenants
  for each statement execute function count_webhook_change();
create trigger webhook_secrets_changed
  after insert or update on webhook_secrets
  for each statement execute function count_webhook_change();
