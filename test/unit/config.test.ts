// Checks the settings: refused values, settings that depend on each other, and the names that follow from the
// installation's name.
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.ts';

it('a grace that is too short to answer a command is refused, and the error names the minimum', () => {
  const command = {
    COMMAND_QUEUE_TIME_MAX_MS: '1000',
    REDIS_COMMAND_TIMEOUT_MS: '200',
    DATABASE_CONNECT_TIMEOUT_MS: '300',
    DATABASE_STATEMENT_TIMEOUT_MS: '2000',
    OUTCOME_WAIT_MAX_MS: '400',
  };
  const refused = () => readConfig({ ...command, SHUTDOWN_GRACE_MS: '5899' });
  expect(refused).toThrow(ConfigError);
  expect(refused).toThrow('SHUTDOWN_GRACE_MS must be at least 5900');
  expect(readConfig({ ...command, SHUTDOWN_GRACE_MS: '5900' }).SHUTDOWN_GRACE_MS).toBe(5_900);
});

it('every refused variable is named at once, with its value and what it accepts', () => {
  const environment = {
    PORT: '1e3',
    COMMAND_LANES: '17',
    OTEL_TRACES_SAMPLER_ARG: '1.1',
    TEMPORAL_TLS: 'TRUE',
    LOG_LEVEL: 'loud',
    INSTALLATION: 'Drill',
  };
  expect(() => readConfig(environment)).toThrow(ConfigError);
  for (const refusal of [
    'PORT must be a whole number from 0 to 65535, not "1e3"',
    'COMMAND_LANES must be a whole number from 1 to 16, not "17"',
    'OTEL_TRACES_SAMPLER_ARG must be a decimal from 0 to 1, not "1.1"',
    'TEMPORAL_TLS must be true or false, not "TRUE"',
    'LOG_LEVEL must be one of silent, fatal, error, warn, info, debug, trace, not "loud"',
    'INSTALLATION must be lower-case letters, digits and hyphens',
  ]) {
    expect(() => readConfig(environment)).toThrow(refusal);
  }
});

it('every contradiction between settings is named at once', () => {
  const refused = () =>
    readConfig({ LOCK_TTL_MS: '5000', DRAIN_INTERVAL_S: '55', TEMPORAL_TLS_CLIENT_KEY_PATH: '/a.pem' });
  expect(refused).toThrow('LOCK_TTL_MS must be longer than DATABASE_STATEMENT_TIMEOUT_MS');
  expect(refused).toThrow('DRAIN_BUDGET_MS must be longer than DRAIN_INTERVAL_S');
  expect(refused).toThrow('TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH go together');
});

it('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', LOG_LEVEL: '', REDIS_KEY_PREFIX: '' })).toEqual(readConfig({}));
});

describe('the name of the installation', () => {
  const namesOf = (environment: Readonly<Record<string, string>>) => {
    const config = readConfig(environment);
    return {
      redis: config.REDIS_KEY_PREFIX,
      elasticsearch: config.ELASTICSEARCH_INDEX_PREFIX,
      taskQueue: config.TEMPORAL_TASK_QUEUE,
      schedules: config.SCHEDULE_ID_PREFIX,
    };
  };

  it('is wallet if nobody sets it, and then the names are those of installations that never had one', () => {
    expect(namesOf({})).toEqual({ redis: 'wallet:', elasticsearch: '', taskQueue: 'wallet', schedules: '' });
    expect(namesOf({ INSTALLATION: 'wallet' })).toEqual(namesOf({}));
  });

  it('gives the Redis prefix, the index prefix, the task queue and the schedule prefix', () => {
    expect(namesOf({ INSTALLATION: 'drill-2' })).toEqual({
      redis: 'drill-2:',
      elasticsearch: 'drill-2-',
      taskQueue: 'drill-2',
      schedules: 'drill-2-',
    });
  });

  it.each([
    ['REDIS_KEY_PREFIX', { redis: 'own' }],
    ['ELASTICSEARCH_INDEX_PREFIX', { elasticsearch: 'own' }],
    ['TEMPORAL_TASK_QUEUE', { taskQueue: 'own' }],
    ['SCHEDULE_ID_PREFIX', { schedules: 'own' }],
  ])('leaves %s as it is if that is set alone', (name, own) => {
    const installation = { INSTALLATION: 'drill' };
    expect(namesOf({ ...installation, [name]: 'own' })).toEqual({ ...namesOf(installation), ...own });
  });
});
