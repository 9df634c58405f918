-- Keys by which callers prove who they are. A row holds no secret: `secret_hash` is an HMAC under a pepper
-- that is not in the database. Every change that may end a key raises `api_key_changes.counter`, whoever
-- makes it, so that each process drops what it remembers of keys.
create table api_keys (
  id text collate "C",
  tenant text collate "C" not null,
  operator boolean not null,
  name text not null,
  scopes text[] collate "C" not null,
  allowed_addresses text[] collate "C",
  pepper_id text collate "C" not null,
  secret_hash bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  created_by text collate "C" not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  revoked_by text collate "C",
  replaced_by text collate "C",
  last_used_at timestamptz,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_replaced_by_fkey foreign key (replaced_by) references api_keys (id),
  constraint api_keys_operator check (not operator or tenant = ''),
  constraint api_keys_hash check (octet_length(secret_hash) = 32),
  constraint api_keys_lengths check (char_length(name) between 1 and 100 and cardinality(scopes) between 1 and 64)
);

create index api_keys_by_tenant on api_keys (tenant, id);

create table api_key_changes (
  singleton boolean default true,
  counter bigint not null default 0,
  constraint api_key_changes_pkey primary key (singleton),
  constraint api_key_changes_singleton check (singleton)
);

insert into api_key_changes default values;

create function count_api_key_change() returns trigger
language plpgsql as $$
begin
  update api_key_changes
     set counter = counter + 1;
  return null;
end
$$;

create trigger api_keys_changed
  after delete or update of tenant, operator, scopes, allowed_addresses, expires_at, revoked_at on api_keys
  for each statement execute function count_api_key_change();
