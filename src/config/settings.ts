// The settings that an installation may need, grouped by subject. docs/configuration.md is generated from
// them in this order. Settings for tuning and for tests are declared in internalSettings.ts.
import {
  address,
  addressRanges,
  choice,
  derivedText,
  flag,
  hostNames,
  matching,
  origins,
  peppers,
  port,
  secret,
  share,
  text,
  whole,
} from './settingKinds.ts';
import { archiveSettings } from './archiveSettings.ts';
import { signInSettings } from './signInSettings.ts';
import { webhookSettings } from './webhookSettings.ts';

/** Addresses of the parts that the service is built on. */
const addresses = {
  DATABASE_URL: secret(
    address(
      'postgres://wallet:wallet@127.0.0.1:15432/wallet',
      [
        'statement_timeout',
        'lock_timeout',
        'idle_in_transaction_session_timeout',
        'query_timeout',
        'client_encoding',
        'application_name',
        'replication',
        'binary',
      ],
      'PostgreSQL, the only source of truth',
    ),
  ),
  DATABASE_MIGRATION_URL: secret(
    derivedText(
      '`DATABASE_URL`',
      'PostgreSQL as the role that owns the tables; only `npm run migrate` reads it',
    ),
  ),
  DATABASE_READ_ROLE: derivedText(
    'none',
    'role of PostgreSQL that reads take, so that row-level security hides the rows of other tenants',
  ),
  REDIS_URL: secret(text('redis://127.0.0.1:16379', 'Redis: wallet locks and wake-ups of the projections')),
  ELASTICSEARCH_URL: secret(text('http://127.0.0.1:19200', 'Elasticsearch: the read model')),
  TEMPORAL_ADDRESS: text('127.0.0.1:7233', 'host:port of the Temporal frontend'),
  TEMPORAL_NAMESPACE: text('default', 'Temporal namespace; it must exist'),
  TEMPORAL_UI_URL: text('http://127.0.0.1:8233', 'Temporal Web UI; used in links only'),
};

/** Names that keep two installations apart if they share Redis, Elasticsearch or a Temporal namespace. */
const installation = {
  INSTALLATION: matching(
    'wallet',
    /^[a-z][a-z0-9-]{0,39}$/,
    'lower-case letters, digits and hyphens, beginning with a letter, at most 40 characters',
    'name of this installation; the next four follow from it',
  ),
  REDIS_KEY_PREFIX: derivedText('`<INSTALLATION>:`', 'put before every Redis key and channel'),
  ELASTICSEARCH_INDEX_PREFIX: derivedText(
    '`<INSTALLATION>-`; nothing for `wallet`',
    'put before every index and alias name',
  ),
  TEMPORAL_TASK_QUEUE: derivedText('`<INSTALLATION>`', 'Temporal task queue of workflows and activities'),
  SCHEDULE_ID_PREFIX: derivedText(
    '`<INSTALLATION>-`; nothing for `wallet`',
    'put before the ids of schedules and their workflows',
  ),
};

/** The names of the variables are those that the `temporal` command line reads. */
const temporalAccess = {
  TEMPORAL_TLS: flag(false, 'TLS to Temporal; each of the next five also turns it on'),
  TEMPORAL_API_KEY: secret(text('', 'key that Temporal Cloud asks for')),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: text(
    '',
    "PEM file: the authority that signed Temporal's certificate, if it is your own",
  ),
  TEMPORAL_TLS_CLIENT_CERT_PATH: text('', 'PEM file: the certificate by which Temporal knows this service'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: text('', 'PEM file: key of that certificate'),
  TEMPORAL_TLS_SERVER_NAME: text('', "name in Temporal's certificate, if it differs from the address"),
};

const access = {
  ACCESS: choice(
    'keys',
    ['keys', 'open'],
    'who may call: `keys` asks every caller for an API key; `open` asks nobody, and then the process listens on loopback alone',
  ),
  API_KEY_PEPPERS: secret(
    peppers(
      'secrets under which API keys are hashed; the first one makes new hashes, the others check hashes of before',
    ),
  ),
  API_KEY_KIND: choice(
    'live',
    ['live', 'test'],
    'the kind that a new key shows in its text, for people and secret scanners',
  ),
};

const listening = {
  HOST: text('127.0.0.1', 'address that the API listens on'),
  PORT: port(3000, 'port of the API'),
  WORKER_HOST: text('127.0.0.1', "address of the worker's health endpoint"),
  WORKER_PORT: port(3001, "port of the worker's health endpoint"),
  ALLOWED_HOSTS: hostNames(
    'names by which clients, proxies and scrapers call the API and the worker; IP addresses, localhost and HOST need no entry',
  ),
};

const gateway = {
  BEHIND_TLS: flag(
    false,
    'true if clients reach the service through https alone; then browsers are told so (HSTS), and cookies go over https alone',
  ),
  HTTP_KEEP_ALIVE_MS: whole(
    75_000,
    1_000,
    3_600_000,
    'how long an idle connection stays open; longer than the idle time of the load balancer in front',
  ),
  TRUSTED_PROXIES: addressRanges(
    'proxies in front whose `X-Forwarded-For` tells the address of a caller; no other one is believed',
  ),
  CORS_ORIGINS: origins(
    'origins whose pages may use the API in a browser; /admin and /console never answer another origin',
  ),
};

const observability = {
  LOG_LEVEL: choice(
    'info',
    ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'],
    'least severe log line',
  ),
  GIT_COMMIT: text('', 'commit that this code was made from; shown at /version'),
  OTEL_EXPORTER_OTLP_ENDPOINT: text('', 'receiver of traces (OTLP over HTTP); empty means no traces'),
  OTEL_TRACES_SAMPLER_ARG: share(
    1,
    'share of the requests that are traced; a caller that sends a traceparent decides itself',
  ),
};

const load = {
  COMMAND_QUEUE_LENGTH_MAX: whole(
    2_048,
    1,
    1_000_000,
    'commands that may wait in one process; further ones get 503',
  ),
  EVENT_READERS_MAX: whole(
    2_000,
    1,
    100_000,
    'streams and waiting requests of the event feed in one process, at most half of HTTP_CONNECTIONS_MAX; further ones get 429',
  ),
  EVENT_READERS_PER_TENANT_MAX: whole(
    1_000,
    1,
    100_000,
    'streams and waiting requests of the event feed of one tenant in one process; without further tenants it may be as high as EVENT_READERS_MAX',
  ),
  EVENT_READERS_PER_CALLER_MAX: whole(
    100,
    1,
    100_000,
    'streams and waiting requests of the event feed of one key in one process',
  ),
  DATABASE_CONNECTIONS_MAX: whole(
    8,
    2,
    200,
    'connections of one process; its metrics take 1 more, and its commands 1 more in a worker or COMMAND_LANES + 1 more in an API',
  ),
  DATABASE_STATEMENT_TIMEOUT_MS: whole(5_000, 50, 600_000, 'longest statement of the API'),
};

const rates = {
  RATE_LIMITS: choice(
    'auto',
    ['auto', 'on', 'off'],
    'whether callers have quotas; `auto` limits with ACCESS=keys alone, because in the open mode every caller is on this machine',
  ),
  RATE_COMMANDS_MAX: whole(600_000, 1, 1_000_000_000, 'commands of a key in a minute'),
  RATE_READS_MAX: whole(600_000, 1, 1_000_000_000, 'reads of a key in a minute'),
  RATE_HEAVY_ROWS_MAX: whole(
    600_000,
    1,
    1_000_000_000,
    'rows of lists, searches, statements and reports that a key asks for in a minute; an admin request counts 20',
  ),
  RATE_FAILURES_MAX: whole(600, 1, 1_000_000_000, 'requests of an address without a valid key in a minute'),
};

const projections = {
  PROJECTORS_AUTO_START: flag(
    true,
    'false pauses the schedules of the projections; true ends a pause that false began',
  ),
  DRAIN_PAGES_MAX: whole(2, 1, 16, 'pages of events that a projection has in hand; 1 lets no two overlap'),
  DRAIN_PACE_MS: whole(
    50,
    0,
    10_000,
    'least time between two passes of a projection that keeps up; a higher value costs less CPU but delays visibility',
  ),
};

const verification = {
  VERIFY_INTERVAL_HOURS: whole(
    24,
    0,
    8_760,
    'how often everything is compared with the event store; 0 means only when an operator asks',
  ),
};

const retention = {
  OUTBOX_RETENTION_HOURS: whole(
    168,
    1,
    8_760,
    'how long a processed outbox row is kept after it was written',
  ),
  IDEMPOTENCY_RETENTION_HOURS: whole(168, 1, 8_760, 'how long an Idempotency-Key is remembered'),
};

const stopping = {
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
    'longest time for work under way after SIGTERM and the notice; it must cover the longest command',
  ),
};

const upgrading = {
  OPEN_LEVELS: flag(
    true,
    'false writes no form of rows that the release before cannot read, so that you can still go back to it',
  ),
};

export const settingGroups = [
  { title: 'Addresses', settings: addresses },
  { title: 'Installation', settings: installation },
  { title: 'TLS and keys for Temporal', settings: temporalAccess },
  { title: 'Access', settings: access },
  { title: 'Listening', settings: listening },
  { title: 'Behind a gateway', settings: gateway },
  { title: 'Sign-in at the console', settings: signInSettings },
  { title: 'Log and traces', settings: observability },
  { title: 'Load', settings: load },
  { title: 'Rates', settings: rates },
  { title: 'Projections', settings: projections },
  { title: 'Webhooks', settings: webhookSettings },
  { title: 'Verification', settings: verification },
  { title: 'Retention', settings: retention },
  { title: 'Archive', settings: archiveSettings },
  { title: 'Stopping', settings: stopping },
  { title: 'Upgrading', settings: upgrading },
] as const;

/** All groups together, by name. */
export const publicSettings = {
  ...addresses,
  ...installation,
  ...temporalAccess,
  ...access,
  ...listening,
  ...gateway,
  ...signInSettings,
  ...observability,
  ...load,
  ...rates,
  ...projections,
  ...webhookSettings,
  ...verification,
  ...retention,
  ...archiveSettings,
  ...stopping,
  ...upgrading,
};
