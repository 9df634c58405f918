-- The velocity rules of a wallet, each with what was used under it: see src/eventStore/velocityCodec.ts. Only
-- wallets that ever had a rule have a row. Its `terms` in wallets then say how many rules there must be.
create table wallet_usage (
  wallet_id text collate "C" not null,
  rules jsonb not null,
  constraint wallet_usage_pkey primary key (wallet_id),
  constraint wallet_usage_rules check (
    jsonb_typeof(rules) = 'array'
    and not jsonb_path_exists(rules, '$[*] ? (@.usedCount < 0 || @.usedAmount starts with "-")')
  )
);
