-- The hash of what a request means: the operation and its typed values. `request_hash` covers the text that
-- was sent. The release before compares only that one, so both are written. A record without a meaning was
-- written by that release.
alter table idempotency_keys add column meaning_hash bytea;
