// Reads the endpoints of the fast lane for a drain: all of them when a run begins, and afterwards those that
// changed. Most changes are of one endpoint, and to read a thousand costs much of the event loop.
//
// Every update of a row gives it another version: PostgreSQL's `xmin`. A drain keeps the versions of the rows
// that it knows. So it also reads rows whose change raised no counter.
//
// Invariant: the counter is read before the versions, and a version together with its row. So a change that
// commits meanwhile is in the rows already, or the counter differs at the next read.
import type { Pool } from 'pg';
import {
  type EndpointCore,
  type EndpointCoreRecord,
  endpointsMax,
  type Lane,
  toEndpointCore,
} from './endpoint.ts';
import type { MovedRow } from './lane.ts';

/** An endpoint of the fast lane as it is stored. */
export interface LaneRow extends EndpointCore {
  readonly lane: Exclude<Lane, 'retry'>;
  /** Raised by each change of the filter. */
  readonly filterRevision: bigint;
  readonly position: bigint;
  readonly fence: bigint;
  /** Since its first failure after a success, by the clock of the database. Null if it does not fail. */
  readonly failingMs: number | null;
  /** Encrypted, the newest first. */
  readonly boxes: readonly Buffer[];
  /** The wallets whose events are left to the retries. Of an endpoint without order there are none. */
  readonly parkedWallets: readonly string[];
  /** Its rows that are still open, parked wallets included. */
  readonly parked: number;
  /** Events that were parked since its first failure after a success. */
  readonly failuresInRow: number;
}

interface LaneRecord extends EndpointCoreRecord {
  readonly row_version: string;
  readonly lane: LaneRow['lane'];
  readonly filter_revision: string;
  readonly position: string;
  readonly fence: string;
  readonly failing_ms: number | null;
  readonly boxes: Buffer[];
  readonly parked_wallets: string[];
  readonly parked: string;
  readonly failures_in_row: string;
}

/** Rows of one statement. Events are delivered between two of them. */
const rowsAtOnceMax = 100;

export interface LaneReader {
  /**
   * Gives `take` the ids of the lane's endpoints, and the rows of those that changed since the last call.
   * Without a change it gives no ids. `again` names endpoints whose rows are wanted anyway.
   */
  readonly read: (again: readonly string[], take: TakeLane) => Promise<void>;
  /** The next call reads these rows again, or all. */
  readonly forget: (ids?: readonly string[]) => void;
  /** This process moved cursors, which changed nothing else of their rows. */
  readonly moved: (rows: ReadonlyMap<string, MovedRow>) => void;
  /** This process parked events of the endpoint. Its row says how many still wait, and no other row does. */
  readonly parked: (id: string) => void;
}

interface TakeLane {
  readonly ids: (ids: ReadonlySet<string>) => void;
  readonly row: (row: LaneRow) => void;
}

export function createLaneReader(pool: Pick<Pool, 'query'>): LaneReader {
  /** The version of each row that is known. */
  const known = new Map<string, string>();
  /** The counter of changes at the last read. Undefined asks for another one. */
  let counter: string | undefined;
  const parked = new Set<string>();

  /** The ids of all rows that are unknown or have another version. */
  async function findChanged(take: TakeLane): Promise<readonly string[]> {
    const versions = await readVersions(pool);
    for (const id of known.keys()) if (!versions.has(id)) known.delete(id);
    take.ids(new Set(versions.keys()));
    return [...versions].filter(([id, version]) => known.get(id) !== version).map(([id]) => id);
  }

  return {
    read: async (again, take) => {
      const seen = await readWebhookChanges(pool);
      for (const id of [...again, ...parked]) known.delete(id);
      const changed = seen === counter ? [...again, ...parked] : [...(await findChanged(take))];
      while (changed.length > 0)
        for (const row of await readRows(pool, changed.splice(0, rowsAtOnceMax))) {
          // One of several secrets may end without an update of this row. So the row stays unknown.
          if (row.boxes.length > 1) known.delete(row.id);
          else known.set(row.id, row.row_version);
          take.row(toLaneRow(row));
        }
      parked.clear();
      counter = seen;
    },
    forget: (ids = [...known.keys()]) => {
      for (const id of ids) known.delete(id);
      counter = undefined;
    },
    parked: (id) => {
      parked.add(id);
    },
    moved: (rows) => {
      // Another version before the move is that of a change which this process has not read.
      for (const [id, { before, after }] of rows) if (known.get(id) === before) known.set(id, after);
    },
  };
}

/** Raised by every change that a drain has to know. */
async function readWebhookChanges(pool: Pick<Pool, 'query'>): Promise<string> {
  const { rows } = await pool.query<{ counter: string }>({
    name: 'read-webhook-changes',
    text: `
      select counter::text
        from webhook_changes`,
  });
  return rows[0]?.counter ?? '';
}

/** The version of each row of the lane. The number of endpoints is bounded when one is made. */
async function readVersions(pool: Pick<Pool, 'query'>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await pool.query<{ id: string; row_version: string }>({
    name: 'read-fast-lane-versions',
    text: `
      select id, endpoints.xmin::text as row_version
        from webhook_endpoints as endpoints
       where state = 'enabled'
         and lane <> 'retry'
         and exists (select from tenants where tenants.id = endpoints.tenant and suspended_at is null)
       order by id
       limit $1::integer`,
    values: [endpointsMax],
  });
  return new Map(rows.map((row) => [row.id, row.row_version]));
}

async function readRows(pool: Pick<Pool, 'query'>, ids: readonly string[]): Promise<readonly LaneRecord[]> {
  const { rows } = await pool.query<LaneRecord>({
    name: 'read-fast-lane',
    text: `
      select endpoints.id, endpoints.xmin::text as row_version, endpoints.tenant, endpoints.url,
             endpoints.types, endpoints.wallet_ids, endpoints.labels, endpoints.lane,
             endpoints.filter_revision, endpoints.ordered, endpoints.position, endpoints.fence,
             extract(epoch from clock_timestamp() - first_failure_at)::double precision * 1000 as failing_ms,
             array(select box
                     from webhook_secrets
                    where webhook_secrets.endpoint_id = endpoints.id
                      and (valid_until is null or valid_until > now())
                    order by number desc) as boxes,
             array(select wallet_id
                     from webhook_deliveries as deliveries
                    where deliveries.endpoint_id = endpoints.id
                      and deliveries.parks_wallet
                      and deliveries.state in ('pending', 'failed')) as parked_wallets,
             (select count(*)
                from webhook_deliveries as deliveries
               where deliveries.endpoint_id = endpoints.id
                 and deliveries.state = 'pending') as parked,
             (select count(*)
                from webhook_deliveries as deliveries
               where deliveries.endpoint_id = endpoints.id
                 and deliveries.state = 'pending'
                 and deliveries.first_attempt_at >= endpoints.first_failure_at) as failures_in_row
        from webhook_endpoints as endpoints
       where endpoints.id = any($1::text[])
         and endpoints.state = 'enabled'
         and endpoints.lane <> 'retry'
       order by endpoints.id`,
    values: [ids],
  });
  return rows;
}

function toLaneRow(row: LaneRecord): LaneRow {
  return {
    ...toEndpointCore(row),
    lane: row.lane,
    filterRevision: BigInt(row.filter_revision),
    position: BigInt(row.position),
    fence: BigInt(row.fence),
    failingMs: row.failing_ms,
    boxes: row.boxes,
    parkedWallets: row.parked_wallets,
    parked: Number(row.parked),
    failuresInRow: Number(row.failures_in_row),
  };
}
