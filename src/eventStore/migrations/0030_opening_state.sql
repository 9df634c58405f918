-- The opening state of an archived log: each wallet and the ledger after position `archived_through`. What
-- reads the log from its beginning begins there, and adds the events above it. 0 means that nothing is
-- archived.
create table log_archive (
  archived_through bigint not null default 0,
  only_row boolean not null default true,
  constraint log_archive_pkey primary key (only_row),
  constraint log_archive_one_row check (only_row),
  constraint log_archive_through check (archived_through >= 0)
);

insert into log_archive default values;

-- A row is the wallet after its last event up to `position`. A wallet without an event in a segment keeps its
-- row of an earlier one. Rows above `archived_through` are being made and count for nothing yet.
create table opening_wallets (
  wallet_id text not null,
  version bigint not null,
  position bigint not null,
  -- Events of the stream so far. They differ from the version if the stream is broken.
  events bigint not null,
  -- Null if no event of the wallet can be read.
  owner_id text,
  currency text,
  balance_minor bigint,
  created_at timestamptz,
  updated_at timestamptz,
  -- Null if it is ordinary, as in the row of the wallet.
  held_minor bigint,
  status text,
  terms_version integer,
  details_version integer,
  terms jsonb,
  -- Holds, details, reversals and uses of velocity rules. Null if the wallet never had any.
  state jsonb,
  -- What is wrong with the stream. Null if nothing is.
  faults jsonb,
  constraint opening_wallets_pkey primary key (wallet_id, version),
  constraint opening_wallets_version check (version >= 1 and events >= 1)
);

-- The sums of the postings up to `position`, by the keys of `ledger_sums`. The balance of a wallet's account
-- stands in `opening_wallets`.
create table opening_accounts (
  position bigint not null,
  tenant_prefix text collate "C" not null,
  currency text collate "C" not null,
  debit_class text collate "C" not null,
  credit_class text collate "C" not null,
  amount_minor numeric not null,
  constraint opening_accounts_pkey primary key (position, tenant_prefix, currency, debit_class, credit_class),
  constraint opening_accounts_amount check (amount_minor > 0)
);

-- Whether the rows of a segment of `events` are in the log.
alter table log_segments
  add column state text not null default 'attached',
  add constraint log_segments_state check (state in ('attached', 'detached', 'dropped'));

-- The ledger has the postings above this position. Those up to it are in the opening state.
alter table ledger_form
  add column begins_after bigint not null default 0,
  add constraint ledger_form_begins_after check (begins_after >= 0);

alter table ledger_rebuilds
  add column begins_after bigint not null default 0,
  add constraint ledger_rebuilds_begins_after check (begins_after >= 0 and begins_after <= position);
