-- Which process kept an answer. One that lost its connection under the append finds a record afterwards, and has to know
-- whether it is its own, which nobody was given yet, or another process's, which makes its answer a replay.
alter table idempotency_keys add column writer uuid;
