-- The highest number that an index of the read model was given. No two rebuilds ever get the same one, though the index of
-- the first may be gone by then: an attempt of it that wakes up late must not take the second one's for its own.
create table read_model_index_numbers (
  only_row boolean not null default true,
  highest bigint not null,
  constraint read_model_index_numbers_pkey primary key (only_row),
  constraint read_model_index_numbers_one_row check (only_row),
  constraint read_model_index_numbers_highest check (highest >= 1)
);
insert into read_model_index_numbers (highest) values (1);
