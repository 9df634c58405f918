-- The append calls this last. It ends the statement if a wallet was not as the batch had loaded it. The name
-- of the constraint tells the command path that another process was faster.
create function assert_wallet_heads(written bigint, expected bigint) returns void
language plpgsql as $$
begin
  if written <> expected then
    raise exception 'a wallet is not as it was loaded'
      using errcode = 'unique_violation', constraint = 'wallet_heads', table = 'wallets';
  end if;
end
$$;

-- A compact event leaves out schema version 1.
alter table events alter column schema_version drop not null;
