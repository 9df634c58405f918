// Checks the settings: refused values, settings that depend on each other, and the names that follow from the
// installation's name.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, secretSettings, settings, settingWarnings } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/configError.ts';
import { portNames, portsFrom, portSettings } from '../../stack/ports.ts';

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
    readConfig({
      LOCK_TTL_MS: '5000',
      DRAIN_INTERVAL_S: '55',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/a.pem',
    });
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

describe('a secret in a file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const fileOf = (content: string, mode = 0o600) => {
    const file = path.join(folder, 'secret');
    writeFileSync(file, content);
    chmodSync(file, mode);
    return file;
  };
  const address = 'redis://:marked@redis:6379';
  const ofOtherForm: Readonly<Record<string, string>> = {
    API_KEY_PEPPERS: `p1:${'c'.repeat(44)}`,
    COOKIE_SECRET: 'c'.repeat(44),
    WEBHOOK_SECRETS_KEY: 'c'.repeat(43),
  };

  it.each(secretSettings)('is the value of %s, without the line break at its end', (name) => {
    const value = ofOtherForm[name] ?? address;
    for (const end of ['', '\n', '\r\n'])
      expect(readConfig({ [`${name}_FILE`]: fileOf(value + end) })).toEqual(readConfig({ [name]: value }));
  });

  it('may hold every setting whose name says that it is a secret', () => {
    const named = Object.keys(settings).filter((name) => /SECRET|PEPPER|PASSWORD|API_KEY|_URL$/.test(name));
    const open = ['TEMPORAL_UI_URL', 'API_KEY_KIND', 'OIDC_REDIRECT_URL', 'ARCHIVE_URL'];
    expect(secretSettings.toSorted()).toEqual(named.filter((name) => !open.includes(name)).toSorted());
  });

  it('keeps every other white space, because a password may end with it', () => {
    expect(readConfig({ REDIS_URL_FILE: fileOf(' a \n\n') }).REDIS_URL).toBe(' a \n');
  });

  it('is refused beside the same setting, and no value is told', () => {
    const both = () => readConfig({ REDIS_URL: address, REDIS_URL_FILE: fileOf(address) });
    expect(both).toThrow(new ConfigError('REDIS_URL and REDIS_URL_FILE are both set: set one of them'));
  });

  it('counts as not set if the name of the file is empty', () => {
    expect(readConfig({ REDIS_URL: address, REDIS_URL_FILE: '' }).REDIS_URL).toBe(address);
    expect(readConfig({ REDIS_URL: '', REDIS_URL_FILE: fileOf(address) }).REDIS_URL).toBe(address);
  });

  it('is refused in words if the file is missing, a folder, empty or too large', () => {
    const refused = (file: string) => () => readConfig({ REDIS_URL_FILE: file });
    expect(refused('/no/such')).toThrow(
      "REDIS_URL_FILE names /no/such, which can't be read: there is no such file",
    );
    expect(refused(folder)).toThrow("can't be read: it is a folder");
    expect(refused(fileOf('\n'))).toThrow('which is empty');
    expect(refused(fileOf('x'.repeat(65_537)))).toThrow('which is larger than 65536 bytes');
  });

  it('brings a warning if every user can read the file, and none if only owner and group can', () => {
    expect(settingWarnings({ REDIS_URL_FILE: fileOf(address, 0o640) })).toEqual([]);
    const file = fileOf(address, 0o644);
    expect(settingWarnings({ REDIS_URL_FILE: file })).toEqual([
      `REDIS_URL_FILE names ${file}, which every user of this machine can read: take that right away, as with chmod 600`,
    ]);
  });
});

describe('a service link of Kubernetes', () => {
  const link = 'tcp://10.96.0.7:3001';

  it.each(Object.keys(settings))('in %s is ignored with a line that says what to do', (name) => {
    expect(readConfig({ [name]: link })).toEqual(readConfig({}));
    expect(settingWarnings({ [name]: link })).toEqual([
      `${name}=${link} comes from Kubernetes and is ignored: set enableServiceLinks: false in the pod`,
    ]);
    expect(settingWarnings({ [name]: 'tcp' })).toEqual([]);
  });

  it.each(portNames)('for the port of %s does not move the local stack', async (name) => {
    const { variable, fallback } = portSettings[name];
    expect((await portsFrom({ [variable]: link }))[name]).toBe(fallback);
  });
});

describe('a port that fetch refuses', () => {
  // The list of the standard, as https://fetch.spec.whatwg.org/#port-blocking shows it.
  const blocked =
    '1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 ' +
    '123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 ' +
    '990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080';

  it.each(['PORT', 'WORKER_PORT', 'TEMPORAL_METRICS_PORT'])('is refused as %s by name', (name) => {
    for (const port of blocked.split(' '))
      expect(() => readConfig({ [name]: port })).toThrow(
        `${name} must be a port that browsers and fetch may`,
      );
    for (const port of ['0', '80', '443', '3000', '8080', '65535'])
      expect(readConfig({ [name]: port })).toMatchObject({ [name]: Number(port) });
  });

  it.each(portNames)('is refused by the local stack for %s', async (name) => {
    const { variable } = portSettings[name];
    for (const port of blocked.split(' '))
      await expect(portsFrom({ [variable]: port })).rejects.toThrow(`${variable}=${port} is a port that`);
  });

  it('is one that fetch itself refuses', async () => {
    for (const port of blocked.split(' '))
      await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
        cause: { message: 'bad port' },
      });
  });
});
