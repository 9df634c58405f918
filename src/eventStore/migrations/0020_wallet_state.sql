-- Gives wallets holds, reversals, freeze and close, limits and metadata, which payments need. Every new
-- column is null for an ordinary wallet, and the release before writes only such wallets.

-- The state that an event leaves: see src/domain/events.ts.
alter table events
  add column terms_version integer,
  add column details_version integer;

alter table wallets
  add column held_minor bigint,
  add column minimum_minor bigint,
  -- No open hold expires before this time.
  add column hold_due_from timestamptz,
  add column open_holds integer,
  add column terms_version integer,
  add column details_version integer,
  add column status text collate "C",
  -- The maximum, and the freeze.
  add column terms jsonb,
  -- It means the same for an ordinary wallet. For any other it stops a release that knows no holds.
  drop constraint wallets_balance,
  add constraint wallets_balance check (
    balance_minor - coalesce(held_minor, 0) >= coalesce(minimum_minor, 0)
  ) not valid,
  add constraint wallets_holds check (
    (held_minor > 0 and open_holds > 0 and hold_due_from is not null)
    or (held_minor is null and open_holds is null and hold_due_from is null)
  ) not valid;
-- For the sweep of freezes that end by themselves.
create index wallets_freeze_until on wallets ((terms ->> 'until')) where terms ->> 'until' is not null;

create table holds (
  wallet_id text collate "C" not null,
  hold_id text collate "C" not null,
  amount_minor bigint not null,
  captured_minor bigint not null,
  released_minor bigint not null,
  remaining_minor bigint not null,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  ended_as text collate "C",
  to_wallet_id text collate "C",
  currency text collate "C" not null,
  description text not null,
  metadata jsonb not null,
  captures jsonb not null,
  constraint holds_pkey primary key (wallet_id, hold_id),
  constraint holds_amounts check (
    amount_minor > 0 and captured_minor >= 0 and released_minor >= 0 and remaining_minor >= 0
    and captured_minor + released_minor + remaining_minor >= amount_minor
  ),
  constraint holds_end check (
    (ended_as is null) = (remaining_minor > 0) and (ended_as is null) = (ended_at is null)
  ),
  constraint holds_ended_as check (ended_as in ('captured', 'voided', 'expired', 'closed'))
);
-- The open holds of a wallet by their end, and of all wallets for the sweep.
create index holds_open on holds (wallet_id, expires_at) where ended_as is null;
create index holds_due on holds (expires_at) where ended_as is null;
create index holds_newest on holds (wallet_id, created_at, hold_id);

create table wallet_details (
  wallet_id text collate "C" not null,
  metadata jsonb not null,
  labels text[] not null,
  constraint wallet_details_pkey primary key (wallet_id)
);

-- Each row says how much of an event went back.
create table reversals (
  wallet_id text collate "C" not null,
  version bigint not null,
  amount_minor bigint not null,
  reversed_minor bigint not null,
  reversed_by jsonb not null,
  constraint reversals_pkey primary key (wallet_id, version),
  constraint reversals_amounts check (reversed_minor > 0 and reversed_minor <= amount_minor)
);
