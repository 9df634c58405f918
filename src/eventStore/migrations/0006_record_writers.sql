-- The id of the process that wrote a record. A process that lost its connection during the append finds a
-- record later. If the record is its own, no client was given the answer yet. If another process wrote it,
-- the answer is a replay.
alter table idempotency_keys add column writer uuid;
