// The one place that reads the environment. `readConfig` turns it into a typed, frozen object in which every
// limit has a name, a unit and a default; `settings` is also what README's table and docker-compose.yml are
// held against. Nothing else in the project may read process.env for its behaviour.

/** One environment variable: how it is read, what it falls back to, and what it means. */
interface Setting<T> {
  readonly fallback: string;
  readonly meaning: string;
  readonly parse: (text: string) => T;
}

/** A setting that can't be used. Message: which variable, what it held, what it must be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function text(fallback: string, meaning: string): Setting<string> {
  return { fallback, meaning, parse: (value) => value };
}

/** A whole number between `min` and `max`, both included. */
function whole(fallback: number, min: number, max: number, meaning: string): Setting<number> {
  return {
    fallback: String(fallback),
    meaning,
    parse: (value) => {
      const number = Number(value);
      if (!/^\d{1,15}$/.test(value) || number < min || number > max) {
        throw new ConfigError(`must be a whole number from ${min} to ${max}, not "${value}"`);
      }
      return number;
    },
  };
}

/** A share of a whole: a decimal from 0 to 1. */
function share(fallback: number, meaning: string): Setting<number> {
  return {
    fallback: String(fallback),
    meaning,
    parse: (value) => {
      const number = Number(value);
      if (!/^\d(?:\.\d{1,6})?$/.test(value) || number > 1) {
        throw new ConfigError(`must be a decimal from 0 to 1, not "${value}"`);
      }
      return number;
    },
  };
}

function flag(fallback: boolean, meaning: string): Setting<boolean> {
  return {
    fallback: String(fallback),
    meaning,
    parse: (value) => {
      if (value !== 'true' && value !== 'false')
        throw new ConfigError(`must be true or false, not "${value}"`);
      return value === 'true';
    },
  };
}

function choice<const T extends string>(fallback: T, choices: readonly T[], meaning: string): Setting<T> {
  return {
    fallback,
    meaning,
    parse: (value) => {
      const found = choices.find((candidate) => candidate === value);
      if (found === undefined) throw new ConfigError(`must be one of ${choices.join(', ')}, not "${value}"`);
      return found;
    },
  };
}

/** Every environment variable that the API and the worker read. */
export const settings = {
  DATABASE_URL: text(
    'postgres://wallet:wallet@127.0.0.1:15432/wallet',
    'PostgreSQL, the only source of truth',
  ),
  REDIS_URL: text('redis://127.0.0.1:16379', 'Redis: wallet locks and wake-ups of the projections'),
  REDIS_KEY_PREFIX: text('wallet:', 'put before every Redis key and channel'),
  ELASTICSEARCH_URL: text('http://127.0.0.1:19200', 'Elasticsearch: the read model'),
  TEMPORAL_ADDRESS: text('127.0.0.1:7233', 'host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: text('default', 'Temporal namespace; must exist'),
  TEMPORAL_TASK_QUEUE: text('wallet', 'Temporal task queue of workflows and activities'),
  TEMPORAL_UI_URL: text('http://127.0.0.1:8233', 'Temporal Web UI; used in links only'),
  TEMPORAL_TLS: flag(false, 'TLS to Temporal; each of the next five turns it on as well'),
  TEMPORAL_API_KEY: text('', 'key that Temporal Cloud asks for'),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text(
    '',
    "PEM file: authority of Temporal's certificate, where it is your own",
  ),
  TEMPORAL_TLS_CLIENT_CERT_PATH: text('', 'PEM file: certificate that Temporal knows us by'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: text('', 'PEM file: key of that certificate'),
  TEMPORAL_TLS_SERVER_NAME: text('', "name in Temporal's certificate, where the address has another"),

  HOST: text('127.0.0.1', 'address that the API listens on'),
  PORT: whole(3000, 0, 65_535, 'port of the API'),
  WORKER_HOST: text('127.0.0.1', "address of the worker's health endpoint"),
  WORKER_PORT: whole(3001, 0, 65_535, "port of the worker's health endpoint"),
  LOG_LEVEL: choice(
    'info',
    ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'least severe log line',
  ),
  GIT_COMMIT: text('', 'commit that this code was made from; shown at /version'),
  OTEL_EXPORTER_OTLP_ENDPOINT: text('', 'receiver of traces (OTLP over HTTP); empty means no traces'),
  OTEL_TRACES_SAMPLER_ARG: share(
    1,
    'share of the requests that are traced, from 0 to 1; a caller with a traceparent decides itself',
  ),
  TEMPORAL_METRICS_PORT: whole(
    0,
    0,
    65_535,
    "loopback port of the Temporal SDK's own figures, which the worker's /metrics includes; 0 means any free one",
  ),

  REQUEST_BODY_BYTES_MAX: whole(16_384, 256, 1_048_576, 'largest request body; above it 413'),
  REQUEST_TIMEOUT_MS: whole(15_000, 100, 120_000, 'longest time for a client to send one request'),
  HTTP_CONNECTIONS_MAX: whole(
    4_096,
    1,
    1_000_000,
    'open connections of clients; above it they are closed at once',
  ),
  READS_IN_FLIGHT_MAX: whole(256, 1, 100_000, 'reads in hand in one process; above it 503'),
  SHUTDOWN_NOTICE_MS: whole(
    500,
    0,
    60_000,
    'how long the API still answers reads after SIGTERM, with 503 at /readyz; commands are refused at once',
  ),
  SHUTDOWN_GRACE_MS: whole(
    25_000,
    0,
    600_000,
    'longest time for work in hand after SIGTERM, behind the notice; not less than a command may take',
  ),

  COMMAND_QUEUE_LENGTH_MAX: whole(2_048, 1, 1_000_000, 'commands waiting in one process; above it 503'),
  COMMAND_QUEUE_TIME_MAX_MS: whole(
    5_000,
    1,
    60_000,
    'longest wait of a command before its batch starts; above it 503',
  ),
  COMMAND_BATCH_SIZE_MAX: whole(1_000, 1, 5_000, 'commands in one group commit'),
  COMMAND_LANES: whole(2, 1, 16, 'group commits of one process in flight at once'),
  COMMAND_ATTEMPTS_MAX: whole(10, 1, 100, 'runs of one command that loses to other processes; above it 503'),
  OUTCOME_WAIT_MAX_MS: whole(
    5_000,
    0,
    60_000,
    'how long a batch in trouble is tried again, or its outcome looked for',
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
    'longest wait for wallets that another process holds; then on without the lock',
  ),
  REDIS_COMMAND_TIMEOUT_MS: whole(
    100,
    5,
    10_000,
    'after this a Redis command counts as failed and the lock is passed by',
  ),
  REDIS_BREAKER_OPEN_MS: whole(1_000, 10, 60_000, 'how long Redis is left alone after a failure'),

  DATABASE_CONNECTIONS_MAX: whole(
    8,
    2,
    200,
    'connections of one process; one more is for its metrics, and an API has COMMAND_LANES + 1 more',
  ),
  DATABASE_CONNECT_TIMEOUT_MS: whole(2_000, 50, 60_000, 'longest wait for a connection'),
  DATABASE_STATEMENT_TIMEOUT_MS: whole(5_000, 50, 600_000, 'longest statement of the API'),
  OUTBOX_RETENTION_HOURS: whole(168, 1, 8_760, 'how long a processed outbox row is kept'),
  IDEMPOTENCY_RETENTION_HOURS: whole(168, 1, 8_760, 'how long an Idempotency-Key is remembered'),

  ELASTICSEARCH_INDEX_PREFIX: text('', 'put before every index and alias name'),
  ELASTICSEARCH_TIMEOUT_MS: whole(5_000, 50, 120_000, 'longest request of the projections to Elasticsearch'),
  READ_TIMEOUT_MS: whole(
    500,
    10,
    60_000,
    'longest wait of a read for Elasticsearch before PostgreSQL answers',
  ),
  READ_MIN_VERSION_WAIT_MS: whole(
    1_000,
    0,
    30_000,
    'longest wait of a read with minVersion for the read model',
  ),
  READ_BREAKER_OPEN_MS: whole(1_000, 10, 60_000, 'how long reads leave Elasticsearch alone after a failure'),
  PAGE_SIZE_MAX: whole(100, 1, 1_000, 'rows on one page of a list'),

  PROJECTORS_AUTO_START: flag(true, 'false pauses the schedules; true resumes the pause that false made'),
  SCHEDULE_ID_PREFIX: text('', 'put before the ids of schedules and their workflows'),
  DRAIN_BATCH_SIZE_MAX: whole(2_000, 1, 10_000, 'events that a projection takes at once'),
  DRAIN_POLL_MAX_MS: whole(250, 10, 10_000, 'longest sleep of an idle projection when no wake-up arrives'),
  DRAIN_PACE_MS: whole(
    50,
    0,
    10_000,
    'least time between two passes of a projection that keeps up; more costs less and shows later',
  ),
  DRAIN_BUDGET_MS: whole(55_000, 1_000, 600_000, 'how long one drain activity runs'),
  DRAIN_INTERVAL_S: whole(10, 1, 3_600, 'interval of the drain schedules'),

  TEST_CRASH_POINT_FILE: text(
    '',
    'for tests only, refused under NODE_ENV=production: a file that names a step at which the process ends itself',
  ),
} as const;

type SettingName = keyof typeof settings;

/** Every setting under its own name, parsed. */
export type Config = Readonly<{ [Name in SettingName]: ReturnType<(typeof settings)[Name]['parse']> }>;

/**
 * Reads the environment once. Throws ConfigError that names each variable it can't use; an empty variable
 * counts as not set, because compose files pass empty strings for what is missing.
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const refused: string[] = [];
  const entries = Object.entries(settings).map(([name, setting]) => {
    const given = environment[name];
    try {
      return [name, setting.parse(given === undefined || given === '' ? setting.fallback : given)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      refused.push(`${name} ${error.message}`);
      return [name, undefined];
    }
  });
  if (refused.length > 0) throw new ConfigError(refused.join('; '));
  const config = Object.freeze(Object.fromEntries(entries)) as Config;
  if (config.LOCK_TTL_MS <= config.DATABASE_STATEMENT_TIMEOUT_MS) {
    throw new ConfigError(
      'LOCK_TTL_MS must be longer than DATABASE_STATEMENT_TIMEOUT_MS: a lease has to outlive the statement it covers',
    );
  }
  const commandMaxMs = commandTimeMaxMs(config);
  if (config.SHUTDOWN_GRACE_MS < commandMaxMs) {
    throw new ConfigError(
      `SHUTDOWN_GRACE_MS must be at least ${commandMaxMs}, the sum of COMMAND_QUEUE_TIME_MAX_MS, REDIS_COMMAND_TIMEOUT_MS, ` +
        'DATABASE_CONNECT_TIMEOUT_MS, twice DATABASE_STATEMENT_TIMEOUT_MS and OUTCOME_WAIT_MAX_MS: a stop has to answer ' +
        'the commands that it finds in hand',
    );
  }
  if (config.DRAIN_BUDGET_MS <= config.DRAIN_INTERVAL_S * 1_000) {
    throw new ConfigError(
      'DRAIN_BUDGET_MS must be longer than DRAIN_INTERVAL_S: only a buffered run follows without a gap',
    );
  }
  if ((config.TEMPORAL_TLS_CLIENT_CERT_PATH === '') !== (config.TEMPORAL_TLS_CLIENT_KEY_PATH === '')) {
    throw new ConfigError(
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH go together: set both or neither',
    );
  }
  if (config.TEST_CRASH_POINT_FILE !== '' && environment.NODE_ENV === 'production') {
    throw new ConfigError('TEST_CRASH_POINT_FILE is for tests: under NODE_ENV=production it is refused');
  }
  return config;
}

/**
 * How long a command that was taken may wait for its answer: in the queue, for its lock, for a connection, for loading and
 * appending, and for the outcome. With a database that hangs again under the last look for the outcome it takes longer; at
 * a stop the end of the grace then comes first.
 */
function commandTimeMaxMs(config: Config): number {
  return (
    config.COMMAND_QUEUE_TIME_MAX_MS +
    config.REDIS_COMMAND_TIMEOUT_MS +
    config.DATABASE_CONNECT_TIMEOUT_MS +
    2 * config.DATABASE_STATEMENT_TIMEOUT_MS +
    config.OUTCOME_WAIT_MAX_MS
  );
}
