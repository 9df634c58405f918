// For every alert rule the series of a fault, when its alert begins, and when it ends.

/** A series while all is well, and during the fault. */
type Series =
  | { readonly name: string; readonly well: number; readonly bad: number }
  /** A counter, by its growth in a second. */
  | { readonly name: string; readonly wellPerS: number; readonly badPerS: number }
  /** A gauge that grows during the fault, by its growth in a second. */
  | { readonly name: string; readonly well: number; readonly growsPerS: number }
  /** A series that is there only while all is well. */
  | { readonly name: string; readonly absent: true };

export interface AlertCase {
  readonly alert: string;
  readonly series: readonly Series[];
  /** The labels of the alert besides its name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds from the beginning of the fault, and from its end. Scrapes and evaluations take 30 of them. */
  readonly beginsAfterS: number;
  readonly endsWithinS: number;
  /** True if its series would change what another case sees. */
  readonly isApart?: true;
}

const api = 'job="wallet-api",instance="api-1:3000"';
const worker = 'job="wallet-worker",instance="worker-1:3001"';
const requests = (status: number, route: string) =>
  `http_server_request_duration_seconds_count{${api},http_response_status_code="${status}",http_route="${route}"}`;
const durations = (le: string) => `wallet_command_duration_seconds_bucket{${api},le="${le}"}`;
const webhookLags = (le: string) =>
  `wallet_webhook_delivery_lag_seconds_bucket{${worker},lane="fast",le="${le}"}`;
const page = { severity: 'page' };
const warn = { severity: 'warn' };
const ledger = { ...warn, projection: 'ledger' };

export const alertCases: readonly AlertCase[] = [
  {
    alert: 'HealthUnknown',
    isApart: true,
    series: [
      { name: `wallet_health_condition{${api},condition="redis-away",severity="warning"}`, absent: true },
    ],
    labels: page,
    // Prometheus shows a series for five minutes after its last sample, if its process was not asked again.
    beginsAfterS: 420,
    endsWithinS: 30,
  },
  {
    alert: 'WalletApiDown',
    series: [{ name: `up{${api}}`, well: 1, bad: 0 }],
    labels: { ...page, job: 'wallet-api', instance: 'api-1:3000' },
    ...{ beginsAfterS: 60, endsWithinS: 30 },
  },
  {
    alert: 'DatabaseUnreachable',
    series: [{ name: `wallet_database_up{${api}}`, well: 1, bad: 0 }],
    labels: { ...page, job: 'wallet-api' },
    ...{ beginsAfterS: 60, endsWithinS: 30 },
  },
  {
    alert: 'ApiErrorRateHigh',
    series: [
      { name: requests(200, '/wallets'), wellPerS: 10, badPerS: 5 },
      { name: requests(503, '/wallets'), wellPerS: 0, badPerS: 5 },
      { name: requests(503, '/readyz'), wellPerS: 1, badPerS: 1 },
    ],
    labels: page,
    ...{ beginsAfterS: 180, endsWithinS: 90 },
  },
  {
    alert: 'CommandLatencyHigh',
    series: [
      { name: durations('0.5'), wellPerS: 10, badPerS: 0 },
      { name: durations('1'), wellPerS: 10, badPerS: 10 },
      { name: durations('+Inf'), wellPerS: 10, badPerS: 10 },
    ],
    labels: warn,
    ...{ beginsAfterS: 300, endsWithinS: 90 },
  },
  {
    alert: 'CommandsRefused',
    series: [{ name: `wallet_commands_refused_total{${api},code="QUEUE_FULL"}`, wellPerS: 0, badPerS: 100 }],
    labels: { ...warn, code: 'QUEUE_FULL' },
    ...{ beginsAfterS: 300, endsWithinS: 90 },
  },
  {
    alert: 'WalletWorkerDown',
    series: [{ name: `up{${worker}}`, well: 1, bad: 0 }],
    labels: { ...warn, job: 'wallet-worker', instance: 'worker-1:3001' },
    ...{ beginsAfterS: 60, endsWithinS: 30 },
  },
  {
    alert: 'OutboxOldestAgeHigh',
    series: [{ name: `wallet_outbox_oldest_age_seconds{${api}}`, well: 1, bad: 31 }],
    labels: warn,
    ...{ beginsAfterS: 120, endsWithinS: 30 },
  },
  {
    alert: 'OutboxOldestAgeCritical',
    isApart: true,
    series: [{ name: `wallet_outbox_oldest_age_seconds{${api}}`, well: 31, bad: 301 }],
    labels: page,
    ...{ beginsAfterS: 60, endsWithinS: 30 },
  },
  {
    alert: 'OutboxGrowing',
    series: [{ name: `wallet_outbox_pending{${api}}`, well: 0, growsPerS: 1_000 }],
    labels: warn,
    ...{ beginsAfterS: 900, endsWithinS: 150 },
  },
  {
    alert: 'HoldsOverdue',
    series: [{ name: `wallet_holds_oldest_overdue_seconds{${api}}`, well: 1, bad: 61 }],
    labels: warn,
    ...{ beginsAfterS: 120, endsWithinS: 30 },
  },
  {
    alert: 'ProjectionStandsStill',
    series: [
      {
        name: `wallet_projection_passes_total{${worker},projection="ledger"}`,
        ...{ wellPerS: 2, badPerS: 0 },
      },
    ],
    labels: ledger,
    ...{ beginsAfterS: 360, endsWithinS: 60 },
  },
  {
    alert: 'ProjectionDrainFailing',
    series: [
      {
        name: `wallet_projection_drain_failures_total{${worker},projection="ledger"}`,
        ...{ wellPerS: 0, badPerS: 0.1 },
      },
    ],
    labels: ledger,
    ...{ beginsAfterS: 300, endsWithinS: 150 },
  },
  {
    alert: 'TemporalFiguresMissing',
    series: [{ name: `wallet_temporal_sdk_metrics_up{${worker}}`, well: 1, bad: 0 }],
    labels: { ...warn, job: 'wallet-worker', instance: 'worker-1:3001' },
    ...{ beginsAfterS: 300, endsWithinS: 30 },
  },
  {
    alert: 'ActivitySlotsExhausted',
    series: [
      {
        name: `temporal_worker_task_slots_available{${worker},worker_type="ActivityWorker"}`,
        ...{ well: 18, bad: 0 },
      },
    ],
    labels: { ...warn, instance: 'worker-1:3001' },
    ...{ beginsAfterS: 300, endsWithinS: 30 },
  },
  {
    alert: 'LockBypassed',
    series: [{ name: `wallet_lock_bypassed_total{${api}}`, wellPerS: 0, badPerS: 100 }],
    labels: warn,
    ...{ beginsAfterS: 300, endsWithinS: 90 },
  },
  {
    alert: 'RateLimitsLocal',
    series: [{ name: `wallet_rate_windows_local_total{${api}}`, wellPerS: 0, badPerS: 10 }],
    labels: warn,
    ...{ beginsAfterS: 300, endsWithinS: 90 },
  },
  {
    alert: 'RateLimited',
    series: [{ name: `wallet_rate_limited_total{${api},policy="command"}`, wellPerS: 0, badPerS: 10 }],
    labels: { ...warn, policy: 'command' },
    ...{ beginsAfterS: 600, endsWithinS: 90 },
  },
  {
    alert: 'WebhooksFail',
    series: [
      { name: `wallet_webhook_endpoints{${worker},status="retrying"}`, well: 1, bad: 4 },
      { name: `wallet_webhook_endpoints{${worker},status="delivering"}`, well: 5, bad: 2 },
    ],
    labels: warn,
    ...{ beginsAfterS: 600, endsWithinS: 30 },
  },
  {
    alert: 'WebhooksLate',
    series: [
      { name: webhookLags('30'), wellPerS: 10, badPerS: 0 },
      { name: webhookLags('60'), wellPerS: 10, badPerS: 10 },
      { name: webhookLags('+Inf'), wellPerS: 10, badPerS: 10 },
    ],
    labels: warn,
    ...{ beginsAfterS: 300, endsWithinS: 150 },
  },
  {
    alert: 'AppendConflictsHigh',
    series: [{ name: `wallet_append_conflicts_total{${api}}`, wellPerS: 0, badPerS: 100 }],
    labels: warn,
    ...{ beginsAfterS: 600, endsWithinS: 330 },
  },
  {
    alert: 'DatabasePoolExhausted',
    series: [{ name: `wallet_database_pool_waiting{${api},pool="reads"}`, well: 0, bad: 3 }],
    labels: { ...warn, job: 'wallet-api', instance: 'api-1:3000', pool: 'reads' },
    ...{ beginsAfterS: 300, endsWithinS: 30 },
  },
  {
    alert: 'EventFeedStandsStill',
    series: [{ name: `wallet_event_feed_failures_total{${api}}`, wellPerS: 0, badPerS: 2 }],
    labels: { ...warn, job: 'wallet-api', instance: 'api-1:3000' },
    ...{ beginsAfterS: 300, endsWithinS: 150 },
  },
  {
    alert: 'EventLoopLagHigh',
    series: [{ name: `nodejs_eventloop_lag_p99_seconds{${api}}`, well: 0.01, bad: 0.3 }],
    labels: { ...warn, job: 'wallet-api', instance: 'api-1:3000' },
    ...{ beginsAfterS: 300, endsWithinS: 30 },
  },
  {
    alert: 'MemoryHigh',
    series: [{ name: `process_resident_memory_bytes{${api}}`, well: 2e8, bad: 1.6e9 }],
    labels: { ...warn, job: 'wallet-api', instance: 'api-1:3000' },
    ...{ beginsAfterS: 600, endsWithinS: 30 },
  },
  {
    alert: 'DatabaseTransactionOld',
    series: [{ name: `wallet_database_oldest_transaction_seconds{${api}}`, well: 0, bad: 601 }],
    labels: warn,
    ...{ beginsAfterS: 300, endsWithinS: 30 },
  },
];

const beginsAfterS = { critical: 60, warning: 300 } as const;
const alertOf = { critical: 'ConditionCritical', warning: 'ConditionWarning' } as const;
const alertSeverity = { critical: 'page', warning: 'warn' } as const;

/** The alert of a condition of the health model. One of two API processes sees it. */
export function caseOfCondition(condition: {
  readonly name: string;
  readonly part: string;
  readonly severity: 'critical' | 'warning';
}): AlertCase {
  const { name, part, severity } = condition;
  const series = (instance: string) =>
    `wallet_health_condition{job="wallet-api",instance="${instance}",condition="${name}",part="${part}",severity="${severity}"}`;
  return {
    alert: alertOf[severity],
    series: [
      { name: series('api-1:3000'), well: 0, bad: 1 },
      { name: series('api-2:3000'), well: 0, bad: 0 },
    ],
    labels: { severity: alertSeverity[severity], condition: name, part },
    ...{ beginsAfterS: beginsAfterS[severity], endsWithinS: 30 },
  };
}
