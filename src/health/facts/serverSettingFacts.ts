// Reads the settings of PostgreSQL that the health model judges (serverSettings.ts). Any role may read them.
import type { PoolClient } from 'pg';
import { type ServerSetting, wantedSettingNames } from '../serverSettings.ts';

interface Row {
  readonly name: string;
  readonly shown: string;
  readonly setting: string;
  readonly allowed: readonly string[];
  readonly from_command_line: boolean;
  readonly changed_by: string;
}

export async function readServerSettings(
  session: PoolClient,
): Promise<Readonly<Record<string, ServerSetting>>> {
  const { rows } = await session.query<Row>({
    name: 'read-server-settings',
    text: `
      select name,
             current_setting(name) as shown,
             setting,
             coalesce(enumvals, '{}') as allowed,
             source = 'command line' as from_command_line,
             case source when 'database' then format('alter database %I', current_database())
                         when 'user' then format('alter role %I', session_user)
                         when 'database user' then format('alter role %I in database %I', session_user, current_database())
                         else 'alter system' end as changed_by
        from pg_settings
       where name = any($1::text[])`,
    values: [wantedSettingNames],
  });
  return Object.fromEntries(
    rows.map(({ name, shown, setting, allowed, from_command_line, changed_by }) => [
      name,
      { shown, setting, allowed, fromCommandLine: from_command_line, changedBy: changed_by },
    ]),
  );
}
