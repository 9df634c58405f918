// Judges settings of PostgreSQL that were made by hand: which values are worse, and what is said of them.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { settingConditions } from '../../../src/health/conditions/settingConditions.ts';
import { judge } from '../../../src/health/judge.ts';
import { wantedSettingNames } from '../../../src/health/serverSettings.ts';
import { measuredSettings } from '../../../stack/postgres.ts';
import { settingOf } from '../../support/healthFacts.ts';
import { withServerSettings } from '../../support/unwellFacts.ts';

const compressions = (...allowed: string[]) => ({ allowed: ['pglz', ...allowed, 'on', 'off'] });
const find = (name: string, setting: ReturnType<typeof settingOf>) =>
  judge(withServerSettings({ [name]: setting }), settingConditions);

test.each([
  ['max_wal_size', settingOf('4095MB', '4095'), "set max_wal_size = '4GB'"],
  ['checkpoint_timeout', settingOf('14min', '840'), "set checkpoint_timeout = '15min'"],
  ['wal_compression', { ...settingOf('off'), ...compressions('lz4') }, "set wal_compression = 'lz4'"],
  ['wal_compression', { ...settingOf('pglz'), ...compressions('lz4') }, "set wal_compression = 'lz4'"],
  ['wal_compression', { ...settingOf('pglz'), ...compressions() }, "set wal_compression = 'off'"],
  ['autovacuum', settingOf('off'), "set autovacuum = 'on'"],
])('%s is told if it is worse, with the value to set', (name, setting, statement) => {
  const [found, ...others] = find(name, setting);
  expect(others).toEqual([]);
  expect(found?.subject).toBe(name);
  expect(found?.problem).toContain(`${name} is ${setting.shown}: `);
  expect(found?.command).toBe(
    `psql "$SUPERUSER_URL" -c "alter system ${statement}" -c "select pg_reload_conf()"`,
  );
});

test.each([
  ['max_wal_size', settingOf('4GB', '4096')],
  ['checkpoint_timeout', settingOf('1h', '3600')],
  ['wal_compression', { ...settingOf('zstd'), ...compressions('lz4', 'zstd') }],
  ['wal_compression', { ...settingOf('off'), ...compressions() }],
])('%s is not told if it is as good as measured', (name, setting) => {
  expect(find(name, setting)).toEqual([]);
});

test('a setting on the command line of the server gets no statement, because none changes it', () => {
  const [found] = find('max_wal_size', { ...settingOf('1GB', '1024'), fromCommandLine: true });
  expect(found?.command).toBeNull();
  expect(found?.advice).toContain('Start PostgreSQL with max_wal_size=4GB');
});

test('a setting of a role is changed there, for new sessions, and nothing is read again', () => {
  const changedBy = 'alter role "a $b"';
  const [found] = find('wal_compression', { ...settingOf('pglz'), ...compressions('lz4'), changedBy });
  expect(found?.advice).toContain('New sessions');
  expect(found?.command).toBe(
    `psql "$SUPERUSER_URL" -c "alter role \\"a \\$b\\" set wal_compression = 'lz4'"`,
  );
});

test('the local stack has the values that are advised, and docs/deployment.md has a row for each setting', () => {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/deployment.md'), 'utf8');
  const advised = Object.fromEntries(
    ['max_wal_size', 'checkpoint_timeout'].map((name) => {
      const [found] = find(name, settingOf('1', '1'));
      return [name, / = '(\w+)'/.exec(found?.command ?? '')?.[1]];
    }),
  );
  expect(advised).toEqual(measuredSettings);
  const rows = { ...measuredSettings, wal_compression: 'lz4', autovacuum: 'on' };
  expect(Object.keys(rows)).toEqual(wantedSettingNames);
  for (const [name, value] of Object.entries(rows)) expect(page).toContain(`| \`${name}\` | ${value} |`);
});
