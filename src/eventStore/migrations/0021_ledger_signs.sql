-- A wallet with a credit line may owe money, so a balance in the ledger may be negative. PostgreSQL checks
-- every posting once, a second for about ten million. The drain of the ledger waits for it, and no command.
alter table ledger_postings
  drop constraint ledger_postings_debit_balance,
  add constraint ledger_postings_debit_balance check (
    (debit_balance_after_minor is null) = (debit_wallet_id is null)
  ),
  drop constraint ledger_postings_credit_balance,
  add constraint ledger_postings_credit_balance check (
    (credit_balance_after_minor is null) = (credit_wallet_id is null)
  );
