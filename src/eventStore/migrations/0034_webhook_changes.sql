-- The counter of changes rises only if a drain has to read the endpoint again. An update that names a
-- column and leaves its value raised it before. Each parked event did, and each failed retry.
--
-- The trigger names the columns by which a drain selects events and requests, and no others. So a moved
-- cursor raises nothing.

drop trigger webhook_endpoints_changed on webhook_endpoints;

create trigger webhook_endpoints_changed
  after insert or delete on webhook_endpoints
  for each statement execute function count_webhook_change();

create trigger webhook_endpoints_updated
  after update of url, types, wallet_ids, labels, state, lane, fence on webhook_endpoints
  for each row when ((old.url, old.types, old.wallet_ids, old.labels, old.state, old.lane, old.fence)
                     is distinct from
                     (new.url, new.types, new.wallet_ids, new.labels, new.state, new.lane, new.fence))
  execute function count_webhook_change();
