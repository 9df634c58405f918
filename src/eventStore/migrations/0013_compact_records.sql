-- The compact form of a record: what was decided, from which the API makes the answer. It has no key, no
-- headers, no status, and half of one hash. Records of before keep their form, and a process of the release
-- before goes on writing it. Not valid: a record of before needs no check.
alter table idempotency_keys
  alter column request_hash drop not null,
  alter column status drop not null,
  alter column headers drop not null,
  alter column body drop not null,
  add column accepted boolean,
  add column outcome text collate "C",
  add constraint idempotency_keys_form check (
    (outcome is null and accepted is null
      and request_hash is not null and status is not null and headers is not null and body is not null)
    or (outcome is not null and accepted is not null and status is null and headers is null
      and octet_length(meaning_hash) = 16)
  ) not valid;
