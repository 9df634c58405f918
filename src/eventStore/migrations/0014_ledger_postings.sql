-- The ledger as postings: one row moves one amount from one account to another. So debits equal credits by
-- construction, and no trigger has to prove it. An event may have several postings.
--
-- A wallet's account is named by its id. Without a wallet, the account is that of the currency: of
-- settlement, or of holds in the layer `pending`. The columns of eight bytes come first, so that no row is
-- padded.
create table ledger_postings (
  position bigint not null,
  occurred_at timestamptz not null,
  amount_minor bigint not null,
  debit_balance_after_minor bigint,
  credit_balance_after_minor bigint,
  posting smallint not null,
  pending boolean not null,
  debit_wallet_id text collate "C",
  credit_wallet_id text collate "C",
  currency text collate "C" not null,
  constraint ledger_postings_pkey primary key (position, posting),
  constraint ledger_postings_posting check (posting between 1 and 1000),
  constraint ledger_postings_amount check (amount_minor > 0),
  constraint ledger_postings_accounts check (debit_wallet_id is distinct from credit_wallet_id),
  constraint ledger_postings_debit_balance check (
    (debit_balance_after_minor is null) = (debit_wallet_id is null) and debit_balance_after_minor >= 0
  ),
  constraint ledger_postings_credit_balance check (
    (credit_balance_after_minor is null) = (credit_wallet_id is null) and credit_balance_after_minor >= 0
  )
);
-- The entries of a wallet. Most postings have a wallet on one side alone, so each index has a part of them.
create index ledger_postings_debit on ledger_postings (debit_wallet_id, position)
  where debit_wallet_id is not null;
create index ledger_postings_credit on ledger_postings (credit_wallet_id, position)
  where credit_wallet_id is not null;

-- The form of the ledger that is in force: `legs` in the table `ledger_entries`, or `postings`. A rebuild
-- changes it from legs to postings. `ledger_entries` is then a view of the legs.
create table ledger_form (
  form text collate "C" not null,
  only_row boolean not null default true,
  constraint ledger_form_pkey primary key (only_row),
  constraint ledger_form_one_row check (only_row),
  constraint ledger_form_form check (form in ('legs', 'postings'))
);
insert into ledger_form (form) values ('legs');

-- The form that a rebuild makes. The release before makes legs and does not say so.
alter table ledger_rebuilds
  add column form text collate "C" not null default 'legs',
  add constraint ledger_rebuilds_form check (form in ('legs', 'postings'));
