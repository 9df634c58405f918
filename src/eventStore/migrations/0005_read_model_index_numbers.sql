-- The numbers of the read model's indexes. No two rebuilds ever get the same one, though the index of the first may be
-- gone by then: an attempt of it that wakes up late must not take the second one's for its own.
create sequence read_model_index_numbers as bigint minvalue 2;
