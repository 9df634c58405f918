-- The highest number of any index of the read model. Invariant: no two rebuilds get the same number, even if
-- the index of the first no longer exists. A late attempt of the first must not take the index of the second
-- for its own.
create table read_model_index_numbers (
  only_row boolean not null default true,
  highest bigint not null,
  constraint read_model_index_numbers_pkey primary key (only_row),
  constraint read_model_index_numbers_one_row check (only_row),
  constraint read_model_index_numbers_highest check (highest >= 1)
);
insert into read_model_index_numbers (highest) values (1);
