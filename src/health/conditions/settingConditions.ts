// Tells settings of PostgreSQL that cost operations, with the statement that changes each.
import type { Condition, Found } from '../condition.ts';
import { type ServerSetting, wantedSettings } from '../serverSettings.ts';
import { when } from './answered.ts';

export const settingConditions: readonly Condition[] = [
  {
    name: 'postgres-settings-costly',
    part: 'postgres',
    severity: 'warning',
    title: 'PostgreSQL has a setting that costs operations',
    check: when('postgres', ({ serverSettings }) =>
      wantedSettings.flatMap(({ name, better, harm }) => {
        const found = serverSettings[name];
        const value = found && better(found);
        return found === undefined || value === undefined ? [] : [foundOf(name, found, value, harm)];
      }),
    ),
  },
];

function foundOf(name: string, setting: ServerSetting, value: string, harm: string): Found {
  const problem = `${name} is ${setting.shown}: ${harm}.`;
  if (setting.fromCommandLine) {
    return {
      ...{ subject: name, problem },
      advice: `The server was started with it, so no statement changes it. Start PostgreSQL with ${name}=${value}.`,
    };
  }
  const isOfServer = setting.changedBy === 'alter system';
  return {
    ...{ subject: name, problem },
    advice: isOfServer
      ? `Set it to ${value} as a superuser, whose address is in SUPERUSER_URL. No restart is needed. Where the provider keeps settings, change it there.`
      : `Set it to ${value} as a superuser, whose address is in SUPERUSER_URL. New sessions have it, so replace the processes.`,
    command: psql(
      `${setting.changedBy} set ${name} = '${value}'`,
      ...(isOfServer ? ['select pg_reload_conf()'] : []),
    ),
  };
}

/** Statements as a command for the shell. */
function psql(...statements: readonly string[]): string {
  const quoted = statements.map((text) => `-c "${text.replaceAll(/["$`\\]/g, '\\$&')}"`);
  return `psql "$SUPERUSER_URL" ${quoted.join(' ')}`;
}
