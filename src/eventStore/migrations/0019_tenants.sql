-- The secret under which command ids are shown. An id inside is made of the client's key, so it could be
-- guessed from the key. `shown_since` is set when every process that runs can show them so.
create table command_id_cover (
  secret bytea not null,
  shown_since timestamptz,
  only_row boolean not null default true,
  constraint command_id_cover_pkey primary key (only_row),
  constraint command_id_cover_one_row check (only_row),
  constraint command_id_cover_secret check (octet_length(secret) = 32)
);
-- Two random UUIDs are 244 random bits.
insert into command_id_cover (secret)
values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

-- The tenants. A tenant's name in ids is `id`. The default tenant has the empty id, and is never suspended. A
-- suspended tenant keeps everything, and its callers are refused. No tenant is ever removed.
create table tenants (
  id text collate "C" not null,
  name text not null,
  created_at timestamptz not null default clock_timestamp(),
  suspended_at timestamptz,
  suspension_reason text,
  constraint tenants_pkey primary key (id),
  constraint tenants_id check (id = '' or id ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  constraint tenants_name check (char_length(name) between 1 and 200),
  constraint tenants_suspension check ((suspended_at is null) = (suspension_reason is null)),
  constraint tenants_default check (id <> '' or suspended_at is null),
  constraint tenants_reason check (char_length(suspension_reason) <= 500)
);
create index tenants_suspended on tenants (id) where suspended_at is not null;
-- In the order of their ids in wallets: `a-b/` comes before `a/`.
create index tenants_prefixes on tenants ((id || '/'));

insert into tenants (id, name)
values ('', 'default');
-- A tenant that has keys exists.
insert into tenants (id, name)
select distinct tenant, tenant
  from api_keys
 where tenant <> '';

alter table api_keys
  add constraint api_keys_tenant_fkey foreign key (tenant) references tenants (id);
