// The settings that no installation should need. Benchmarks and fault runs change the limits for tuning in
// real processes. The page docs/configuration.md shows those limits in a section apart.
import { choice, port, text, whole } from './settingKinds.ts';

/** Internal. Several of these limits depend on each other; config.ts refuses a contradiction. */
export const tuningSettings = {
  HTTP_CONNECTIONS_MAX: whole(
    4_096,
    1,
    1_000_000,
    'open connections of clients; beyond it an idle one is closed for each new one',
  ),
  REQUEST_TIMEOUT_MS: whole(
    15_000,
    100,
    120_000,
    'longest time for a client to send one request, and to take nothing of its answer',
  ),
  REQUEST_BODY_BYTES_MAX: whole(16_384, 256, 1_048_576, 'largest request body; a larger one gets 413'),
  READS_IN_FLIGHT_MAX: whole(256, 1, 100_000, 'reads under way in one process; further ones get 503'),

  COMMAND_QUEUE_TIME_MAX_MS: whole(
    5_000,
    1,
    60_000,
    'longest wait of a command before its batch starts; then it gets 503',
  ),
  COMMAND_BATCH_SIZE_MAX: whole(1_000, 1, 5_000, 'commands in one group commit'),
  COMMAND_WALLETS_CACHED_MAX: whole(
    50_000,
    0,
    10_000_000,
    'wallets in the cache of a process, about 1 kB each; their next command needs no load, and 0 switches it off',
  ),
  COMMAND_LANES: whole(2, 1, 16, 'group commits of one process in flight at once'),
  COMMAND_BESIDE_COUNT_MIN: whole(
    24,
    1,
    5_000,
    'waiting commands for which a group commit starts beside a running one',
  ),
  COMMAND_BESIDE_WAIT_MAX_MS: whole(
    50,
    0,
    5_000,
    'wait of a command after which a group commit starts beside a running one',
  ),
  COMMAND_HANDOVER: choice(
    'on',
    ['on', 'off'],
    'whether the API processes of one log elect one that commits for all; `off` lets each commit alone',
  ),
  COMMAND_HANDOVER_COUNT_MIN: whole(
    12,
    1,
    5_000,
    'commands under way in a process from which on it hands its commands over to the one that commits for all',
  ),
  COMMAND_ATTEMPTS_MAX: whole(
    10,
    1,
    100,
    'attempts of one command that loses to other processes; then it gets 503',
  ),
  OUTCOME_WAIT_MAX_MS: whole(
    5_000,
    0,
    60_000,
    'how long a failed batch is retried, or the outcome of an unanswered commit is searched for',
  ),

  LOG_SEGMENT_EVENTS_MIN: whole(
    1_048_576,
    8,
    1_000_000_000,
    'positions that a new segment of the log has at least',
  ),

  LOCK_TTL_MS: whole(
    10_000,
    100,
    60_000,
    'lease of a wallet lock; longer than DATABASE_STATEMENT_TIMEOUT_MS',
  ),
  LOCK_WAIT_MAX_MS: whole(
    500,
    0,
    60_000,
    'longest wait for wallets that another process has locked; then the command goes on without the lock',
  ),
  REDIS_COMMAND_TIMEOUT_MS: whole(
    100,
    5,
    10_000,
    'longest wait for Redis; then the command goes on without the lock',
  ),
  REDIS_BREAKER_OPEN_MS: whole(1_000, 10, 60_000, 'how long Redis is not asked after a failure'),

  DATABASE_CONNECT_TIMEOUT_MS: whole(2_000, 50, 60_000, 'longest wait for a connection'),
  ELASTICSEARCH_TIMEOUT_MS: whole(5_000, 50, 120_000, 'longest request of the projections to Elasticsearch'),
  READ_TIMEOUT_MS: whole(
    500,
    10,
    60_000,
    'longest wait of a read for Elasticsearch; then PostgreSQL answers',
  ),
  READ_MIN_VERSION_WAIT_MS: whole(
    1_000,
    0,
    30_000,
    'longest wait of a read with minVersion for the read model',
  ),
  READ_OWN_WRITES_MS: whole(
    10_000,
    0,
    60_000,
    'how long a process passes over a read model that is older than its own answers; 0 turns this off',
  ),
  READ_BREAKER_OPEN_MS: whole(1_000, 10, 60_000, 'how long reads do not ask Elasticsearch after a failure'),
  PAGE_SIZE_MAX: whole(100, 1, 1_000, 'rows on one page of a list'),

  DRAIN_BATCH_SIZE_MAX: whole(2_000, 1, 10_000, 'events that a projection takes at once'),
  DRAIN_POLL_MAX_MS: whole(250, 10, 10_000, 'longest sleep of an idle projection if no wake-up arrives'),
  DRAIN_BUDGET_MS: whole(55_000, 1_000, 600_000, 'how long one drain activity runs'),
  DRAIN_INTERVAL_S: whole(10, 1, 3_600, 'interval of the drain schedules'),
  TEMPORAL_METRICS_PORT: port(
    0,
    "loopback port of the Temporal SDK's own metrics, which the worker's /metrics includes; 0 means any free one",
  ),
};

/** This setting is for tests only. They use it to end a real process at a failpoint. */
export const testSettings = {
  TEST_CRASH_POINT_FILE: text('', 'file that names the failpoint at which the process ends itself'),
};
