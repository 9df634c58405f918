// The SQL of sums that several statements share: the keys of a posting, and how a sum is changed.

/** The columns of a sum but for its amount. */
export const sumKeys = 'tenant_prefix, currency, debit_class, credit_class';

/** The keys of a row of postings, in the order of `sumKeys`. */
export const keysOfPosting = `left(coalesce(debit_wallet_id, credit_wallet_id),
                    strpos(coalesce(debit_wallet_id, credit_wallet_id), '/')) as tenant_prefix,
               currency,
               case when debit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end as debit_class,
               case when credit_wallet_id is not null then 'wallet' when pending then 'holds' else 'settlement' end as credit_class`;

/** The position up to which the sums cover the postings. */
export const sumsThrough = '(select sums_through from ledger_form)';

/** The position that the ledger begins after. The sums have what lies up to it. */
export const beginsAfter = '(select begins_after from ledger_form)';

/** Follows an insert into `ledger_sums`. Its rows come in order of their keys, so two can't deadlock. */
export const addToSums = `
            on conflict on constraint ledger_sums_pkey do update
           set amount_minor = ledger_sums.amount_minor + excluded.amount_minor`;
