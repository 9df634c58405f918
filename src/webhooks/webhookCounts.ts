// Counts endpoints, what waits for them, and the keys of their secrets, for the gauges at /metrics. The
// counts of deliveries have a limit, so their cost does not grow with a table.
import type { Pool } from 'pg';
import type { WebhookCounts } from '../telemetry/webhookGauges.ts';

/** Above it the counts of deliveries stay there. */
const countedMax = 10_000;

interface CountRow {
  readonly delivering: string;
  readonly retrying: string;
  readonly disabled: string;
  readonly waiting: string;
  readonly held_up: string;
  readonly first: string;
  readonly later: string;
  readonly unknown: string;
}

/** `heads` are those of the keys of this process, the first key before the others. */
export async function readWebhookCounts(pool: Pool, heads: readonly Buffer[]): Promise<WebhookCounts> {
  const { rows } = await pool.query<CountRow>({
    name: 'count-webhooks',
    text: `
      select endpoints.*, secrets.*,
             (select count(*)
                from (select
                        from webhook_deliveries
                       where state = 'pending'
                       limit $1::integer) as counted) as waiting,
             (select count(*)
                from (select
                        from webhook_deliveries
                       where parks_wallet
                         and state = 'failed'
                       limit $1::integer) as counted) as held_up
        from (select count(*) filter (where state = 'enabled' and lane = 'fast') as delivering,
                     count(*) filter (where state = 'enabled' and lane = 'retry') as retrying,
                     count(*) filter (where state = 'disabled') as disabled
                from webhook_endpoints) as endpoints
       cross join (select count(*) filter (where place = 1) as first,
                          count(*) filter (where place > 1) as later,
                          count(*) filter (where place is null) as unknown
                     from (select array_position($2::bytea[], substring(box from 1 for 5)) as place
                             from webhook_secrets) as places) as secrets`,
    values: [countedMax, heads],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('the counts of webhooks have no row');
  return {
    endpoints: {
      delivering: Number(row.delivering),
      retrying: Number(row.retrying),
      disabled: Number(row.disabled),
    },
    deliveriesWaiting: Number(row.waiting),
    walletsHeldUp: Number(row.held_up),
    secrets: { first: Number(row.first), later: Number(row.later), unknown: Number(row.unknown) },
  };
}
