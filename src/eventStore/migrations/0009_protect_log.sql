-- Events are never changed or deleted, and the head of the log only rises. Rights can't say so for the role
-- that owns the tables, which is the service's own role in a simple installation. So triggers say it. They
-- let a change through if the session has set wallet.change_log to 'on' and its role owns the table.
-- Restoring a dump fires none of them, because it creates triggers last and inserts rows.
create function refuse_log_change() returns trigger
language plpgsql as $$
begin
  if current_setting('wallet.change_log', true) = 'on'
     and pg_has_role(current_user, (select relowner from pg_class where oid = tg_relid), 'member') then
    if tg_level = 'ROW' then
      return new;
    end if;
    return null;
  end if;
  raise exception '% on % is refused: events are never changed, and the head of the log only rises', tg_op, tg_table_name
    using errcode = 'insufficient_privilege',
          hint = 'The owner of the table may set wallet.change_log to on in the session. See docs/operations.md.';
end
$$;

create trigger events_never_change
  before update or delete or truncate on events
  for each statement execute function refuse_log_change();

create trigger log_head_never_falls
  before update on log_head
  for each row when (new.position < old.position)
  execute function refuse_log_change();

create trigger log_head_never_goes
  before delete or truncate on log_head
  for each statement execute function refuse_log_change();
