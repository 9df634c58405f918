// The one place that reads the environment. A process calls `readConfig` once, before anything else. It gets
// a typed, frozen object in which every limit has a name and a unit. Nothing else in the project may read
// process.env for its behaviour.
import { z } from 'zod';
import { archiveContradictions } from './archiveSettings.ts';
import { ConfigError } from './configError.ts';
import { testSettings, tuningSettings } from './internalSettings.ts';
import { isServiceLink, serviceLinkLines } from './kubernetesLinks.ts';
import { type GivenEnvironment, withSecretsOfFiles } from './secretFiles.ts';
import { meaningOf } from './settingKinds.ts';
import { publicSettings } from './settings.ts';
import { signInContradictions } from './signInSettings.ts';

/** Every variable that the API and the worker read. */
export const settings = { ...publicSettings, ...tuningSettings, ...testSettings };

/** The settings that may be given as NAME_FILE. */
export const secretSettings = Object.entries(settings)
  .filter(([, schema]) => meaningOf(schema).isSecret === true)
  .map(([name]) => name);

const environmentSchema = z.object(settings).transform((given) => ({ ...given, ...namesOf(given) }));

/** Every setting under its own name, parsed. */
export type Config = Readonly<z.output<typeof environmentSchema>>;

/**
 * Reads the environment once. Throws a ConfigError that names every variable it can't use. An empty variable
 * counts as not set, because compose files pass empty strings for missing values. So does a service link of
 * Kubernetes, see `settingWarnings`. NAME_FILE names the file of a secret.
 */
export function readConfig(environment: GivenEnvironment): Config {
  const given = Object.fromEntries(
    Object.entries(withSecrets(environment)).filter(([, value]) => value !== '' && !isServiceLink(value)),
  );
  const { success, data, error } = environmentSchema.safeParse(given);
  if (!success) {
    throw new ConfigError(error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; '));
  }
  const contradictions = contradictionsIn(data, environment.NODE_ENV === 'production');
  if (contradictions.length > 0) throw new ConfigError(contradictions.join('; '));
  return Object.freeze(data);
}

/**
 * One line for each setting that `readConfig` ignores because Kubernetes set it, and for each secret that
 * others can read.
 */
export function settingWarnings(environment: GivenEnvironment): readonly string[] {
  const { warnings } = withSecretsOfFiles(environment, secretSettings);
  return [...serviceLinkLines(environment, Object.keys(settings)), ...warnings];
}

/** The environment with every secret under its own name. Throws a ConfigError like `readConfig`. */
export function withSecrets(environment: GivenEnvironment): GivenEnvironment {
  const { environment: whole, problems } = withSecretsOfFiles(environment, secretSettings);
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return whole;
}

interface InstallationNames {
  readonly INSTALLATION: string;
  readonly REDIS_KEY_PREFIX?: string | undefined;
  readonly ELASTICSEARCH_INDEX_PREFIX?: string | undefined;
  readonly TEMPORAL_TASK_QUEUE?: string | undefined;
  readonly SCHEDULE_ID_PREFIX?: string | undefined;
}

/**
 * The four names that follow from INSTALLATION. The default one has had no prefix for indexes and schedules.
 */
function namesOf({ INSTALLATION: name, ...given }: InstallationNames) {
  const prefix = name === 'wallet' ? '' : `${name}-`;
  return {
    REDIS_KEY_PREFIX: given.REDIS_KEY_PREFIX ?? `${name}:`,
    ELASTICSEARCH_INDEX_PREFIX: given.ELASTICSEARCH_INDEX_PREFIX ?? prefix,
    TEMPORAL_TASK_QUEUE: given.TEMPORAL_TASK_QUEUE ?? name,
    SCHEDULE_ID_PREFIX: given.SCHEDULE_ID_PREFIX ?? prefix,
  };
}

/** Settings that are valid alone and wrong together. */
function contradictionsIn(config: Config, isProduction: boolean): string[] {
  const found: string[] = [];
  if (config.LOCK_TTL_MS <= config.DATABASE_STATEMENT_TIMEOUT_MS) {
    found.push(
      'LOCK_TTL_MS must be longer than DATABASE_STATEMENT_TIMEOUT_MS: a lease has to outlive the statement it covers',
    );
  }
  const commandMaxMs = commandTimeMaxMs(config);
  if (config.SHUTDOWN_GRACE_MS < commandMaxMs) {
    found.push(
      `SHUTDOWN_GRACE_MS must be at least ${commandMaxMs}, the sum of COMMAND_QUEUE_TIME_MAX_MS, REDIS_COMMAND_TIMEOUT_MS, ` +
        'DATABASE_CONNECT_TIMEOUT_MS, twice DATABASE_STATEMENT_TIMEOUT_MS and OUTCOME_WAIT_MAX_MS: a stop has to answer ' +
        'the commands that are under way',
    );
  }
  if (config.DRAIN_BUDGET_MS <= config.DRAIN_INTERVAL_S * 1_000) {
    found.push(
      'DRAIN_BUDGET_MS must be longer than DRAIN_INTERVAL_S: only a buffered run follows without a gap',
    );
  }
  if ((config.TEMPORAL_TLS_CLIENT_CERT_PATH === '') !== (config.TEMPORAL_TLS_CLIENT_KEY_PATH === '')) {
    found.push(
      'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH go together: set both or neither',
    );
  }
  found.push(...signInContradictions(config), ...archiveContradictions(config));
  if (config.TEST_CRASH_POINT_FILE !== '' && isProduction) {
    found.push('TEST_CRASH_POINT_FILE is for tests: under NODE_ENV=production it is refused');
  }
  return found;
}

/**
 * Longest time from a command to its answer, unless it was handed over and called back: the queue, the lock,
 * a connection, loading, appending, and the outcome. It takes longer if the database also hangs during the
 * last query for the outcome. At a stop, the end of the grace then comes first.
 */
export function commandTimeMaxMs(config: Config): number {
  return (
    config.COMMAND_QUEUE_TIME_MAX_MS +
    config.REDIS_COMMAND_TIMEOUT_MS +
    config.DATABASE_CONNECT_TIMEOUT_MS +
    2 * config.DATABASE_STATEMENT_TIMEOUT_MS +
    config.OUTCOME_WAIT_MAX_MS
  );
}
