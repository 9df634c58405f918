// Gauges over PostgreSQL: the backlog of the projections and the connections of this process. The backlog is read at
// most once a second however many scrapes come, and a scrape never waits long for it: where PostgreSQL does not
// answer, `wallet_database_up` is 0 and the gauges that rest on it are absent instead of stale.
import { Gauge } from 'prom-client';
import type { MetricsRegistry } from './registry.ts';

/** What waits, out of one snapshot of the database. */
export interface Backlog {
  readonly outboxPending: number;
  /** Age of the oldest outbox row that is not processed; 0 where none is. */
  readonly outboxOldestAgeS: number;
  /** Position of the log's last event. */
  readonly headPosition: number;
  /** Age of the oldest open database transaction that may be seen; 0 where none is open. Vacuum can't pass it. */
  readonly oldestTransactionS: number;
  readonly projections: readonly ProjectionBacklog[];
}

interface ProjectionBacklog {
  readonly projection: string;
  readonly checkpointPosition: number;
  /** Age of the first event that the projection has not passed; 0 where none waits. */
  readonly lagS: number;
  /** Events that wait for an operator or their next attempt. */
  readonly parked: number;
}

/** What a pool of node-postgres tells of itself. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** `latest` resolves with undefined where the backlog can't be had in time; it must not reject. */
export function addBacklogGauges(
  { registry, beforeScrape }: MetricsRegistry,
  latest: () => Promise<Backlog | undefined>,
): void {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge('wallet_database_up', '1 where PostgreSQL answered in time about the backlog, else 0.');
  const pending = gauge('wallet_outbox_pending', 'Events that some projection has not taken yet.');
  const oldestAge = gauge(
    'wallet_outbox_oldest_age_seconds',
    'Age of the oldest event that some projection has not taken yet; 0 where there is none.',
  );
  const head = gauge('wallet_event_log_position', "Position of the event log's last event.");
  const oldestTransaction = gauge(
    'wallet_database_oldest_transaction_seconds',
    'Age of the oldest open transaction in the database; 0 where none is open.',
  );
  const position = gauge(
    'wallet_projection_checkpoint_position',
    'Position of the last event that a projection has passed.',
    ['projection'],
  );
  const lag = gauge(
    'wallet_projection_lag_seconds',
    'Age of the first event that a projection has not passed; 0 where none waits.',
    ['projection'],
  );
  const parked = gauge(
    'wallet_projection_parked',
    'Events that a projection could not take and has parked.',
    ['projection'],
  );
  beforeScrape(async () => {
    const backlog = await latest();
    for (const labelled of [position, lag, parked]) labelled.reset();
    // Not reset, which would make them 0 and say that all is well.
    for (const plain of [pending, oldestAge, head, oldestTransaction]) plain.remove();
    up.set(backlog === undefined ? 0 : 1);
    if (backlog === undefined) return;
    pending.set(backlog.outboxPending);
    oldestAge.set(backlog.outboxOldestAgeS);
    head.set(backlog.headPosition);
    oldestTransaction.set(backlog.oldestTransactionS);
    for (const { projection, checkpointPosition, lagS, parked: count } of backlog.projections) {
      position.set({ projection }, checkpointPosition);
      lag.set({ projection }, lagS);
      parked.set({ projection }, count);
    }
  });
}

/** Connections of each pool of this process, by the pool's name. */
export function addPoolGauges(
  { registry }: MetricsRegistry,
  pools: Readonly<Record<string, PoolCounts>>,
): void {
  const gauge = (name: string, help: string, count: (pool: PoolCounts) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['pool'],
      registers: [registry],
      collect() {
        for (const [pool, counts] of Object.entries(pools)) this.set({ pool }, count(counts));
      },
    });
  gauge('wallet_database_pool_connections', 'Open connections to PostgreSQL.', (pool) => pool.totalCount);
  gauge(
    'wallet_database_pool_idle_connections',
    'Open connections to PostgreSQL that nobody uses.',
    (pool) => pool.idleCount,
  );
  gauge(
    'wallet_database_pool_waiting',
    'Callers that wait for a connection to PostgreSQL.',
    (pool) => pool.waitingCount,
  );
}
