// Gauges about PostgreSQL: the backlog of the projections and the connections of this process. The backlog is
// read at most once a second, however many scrapes come, and no scrape waits long for it. If PostgreSQL does
// not answer, `wallet_database_up` is 0. The gauges of the backlog are then absent, because stale values
// would mislead.
import { Gauge } from 'prom-client';
import type { ArchiveSums } from '../archive/archiveStatus.ts';
import { createCachedReading } from './cachedReading.ts';
import type { MetricsRegistry } from './registry.ts';

/** Everything that waits for the projections, from one snapshot of the database. */
export interface Backlog {
  readonly outboxPending: number;
  /** Age of the oldest outbox row that is not processed; 0 if there is none. */
  readonly outboxOldestAgeS: number;
  /** Position of the log's last event. */
  readonly headPosition: number;
  /**
   * Age of the oldest open database transaction that this user may see; 0 if none is open. Vacuum can't pass
   * it.
   */
  readonly oldestTransactionS: number;
  readonly openHolds: number;
  /** Time since the end of the open hold that is longest overdue; 0 if none is. */
  readonly holdOverdueS: number;
  readonly archive: ArchiveSums;
  /** Empty segments after the head of the log; 0 before the log is cut. */
  readonly segmentsAhead: number;
  /** Generations of idempotency records that are not dropped. */
  readonly generations: number;
  readonly projections: readonly ProjectionBacklog[];
}

interface ProjectionBacklog {
  readonly projection: string;
  readonly checkpointPosition: number;
  /** Age of the first event that the projection has not passed; 0 if none waits. */
  readonly lagS: number;
  /** Events that wait for an operator or their next attempt. */
  readonly parked: number;
}

/** The counts of connections that a pool of node-postgres reports. */
export interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Longest wait of a scrape for the backlog; Prometheus itself waits ten seconds by default. */
const backlogWaitMaxMs = 1_000;
/** How old the backlog of a scrape may be: several scrapers cost no more than one. */
const backlogAgeMaxMs = 1_000;

/**
 * Limits of the connection over which the backlog is read. It is a pool of its own, so the backlog is read
 * even if the other pools are busy. No other statement ever waits for a scrape.
 */
export const backlogPoolLimits = {
  DATABASE_CONNECTIONS_MAX: 1,
  DATABASE_CONNECT_TIMEOUT_MS: 1_000,
  DATABASE_STATEMENT_TIMEOUT_MS: 1_000,
} as const;

export function addBacklogGauges(
  { registry, beforeScrape }: MetricsRegistry,
  read: () => Promise<Backlog>,
  onFailure: (error: unknown) => void,
): void {
  const latest = createCachedReading({
    read,
    ageMaxMs: backlogAgeMaxMs,
    waitMaxMs: backlogWaitMaxMs,
    now: () => performance.now(),
    onFailure,
  });
  const show = backlogGauges(registry);
  beforeScrape(async () => {
    show(await latest());
  });
}

/** Makes the gauges. The returned function sets them; undefined means that the backlog could not be read. */
function backlogGauges(registry: MetricsRegistry['registry']): (backlog: Backlog | undefined) => void {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge('wallet_database_up', '1 if PostgreSQL answered in time about the backlog, else 0.');
  const pending = gauge('wallet_outbox_pending', 'Events that some required projection has not taken yet.');
  const oldestAge = gauge(
    'wallet_outbox_oldest_age_seconds',
    'Age of the oldest event that some required projection has not taken yet; 0 if there is none.',
  );
  const head = gauge('wallet_event_log_position', "Position of the event log's last event.");
  const oldestTransaction = gauge(
    'wallet_database_oldest_transaction_seconds',
    'Age of the oldest open transaction in the database; 0 if none is open.',
  );
  const openHolds = gauge('wallet_holds_open', 'Open holds; above 10,000 an estimate.');
  const overdue = gauge(
    'wallet_holds_oldest_overdue_seconds',
    'Time since the end of the open hold that is longest overdue; 0 if none is.',
  );
  const archived = gauge('wallet_archive_segments', 'Segments of the log in the archive.');
  const archivedBytes = gauge('wallet_archive_bytes', 'Bytes of the files of archived events.');
  const archiveStepAge = gauge(
    'wallet_archive_step_age_seconds',
    'Time since the last step of the segment that is longest on its way into the archive; 0 if none is.',
  );
  const segmentsAhead = gauge('wallet_log_segments_ahead', 'Empty segments after the end of the log.');
  const generations = gauge(
    'wallet_command_generations',
    'Generations of idempotency records that are kept.',
  );
  const position = gauge(
    'wallet_projection_checkpoint_position',
    'Position of the last event that a projection has passed.',
    ['projection'],
  );
  const lag = gauge(
    'wallet_projection_lag_seconds',
    'Age of the first event that a projection has not passed; 0 if none waits.',
    ['projection'],
  );
  const parked = gauge(
    'wallet_projection_parked',
    'Events that a projection could not take and has parked.',
    ['projection'],
  );
  return (backlog) => {
    for (const labelled of [position, lag, parked]) labelled.reset();
    // Removed and not reset: a reset makes them 0, which would say that nothing waits.
    const ofLog = [segmentsAhead, generations, archived, archivedBytes, archiveStepAge];
    for (const plain of [pending, oldestAge, head, oldestTransaction, openHolds, overdue, ...ofLog])
      plain.remove();
    up.set(backlog === undefined ? 0 : 1);
    if (backlog === undefined) return;
    pending.set(backlog.outboxPending);
    oldestAge.set(backlog.outboxOldestAgeS);
    head.set(backlog.headPosition);
    oldestTransaction.set(backlog.oldestTransactionS);
    openHolds.set(backlog.openHolds);
    overdue.set(backlog.holdOverdueS);
    archived.set(backlog.archive.segments);
    archivedBytes.set(backlog.archive.bytes);
    archiveStepAge.set(backlog.archive.stepAgeS);
    segmentsAhead.set(backlog.segmentsAhead);
    generations.set(backlog.generations);
    for (const { projection, checkpointPosition, lagS, parked: count } of backlog.projections) {
      position.set({ projection }, checkpointPosition);
      lag.set({ projection }, lagS);
      parked.set({ projection }, count);
    }
  };
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
    'Open connections to PostgreSQL that are not in use.',
    (pool) => pool.idleCount,
  );
  gauge(
    'wallet_database_pool_waiting',
    'Callers that wait for a connection to PostgreSQL.',
    (pool) => pool.waitingCount,
  );
}
