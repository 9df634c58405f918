-- Sums of the ledger, so that a trial balance does not read all postings. They cover the positions up to
-- `ledger_form.sums_through`, and a trial balance adds the postings after it. 0 means that there are none.
create table ledger_sums (
  -- `acme/`, or nothing for the default tenant.
  tenant_prefix text collate "C" not null,
  currency text collate "C" not null,
  debit_class text collate "C" not null,
  credit_class text collate "C" not null,
  amount_minor numeric not null,
  constraint ledger_sums_pkey primary key (tenant_prefix, currency, debit_class, credit_class),
  constraint ledger_sums_debit_class check (debit_class in ('wallet', 'settlement', 'holds')),
  constraint ledger_sums_credit_class check (credit_class in ('wallet', 'settlement', 'holds'))
);

alter table ledger_form
  add column sums_through bigint not null default 0,
  add constraint ledger_form_sums_through check (sums_through >= 0);
