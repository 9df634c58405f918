-- The compact form of a record: the outcome, from which the API makes the answer. It has no key, no headers,
-- no status, and half of one hash. Older records keep their form, and processes of the release before go on
-- writing it. The constraint is `not valid`, because older records need no check.
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
