// Makes docs/configuration.md out of the settings: `npm run config:docs`. A test compares the committed page
// with it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { secretSettings } from '../../src/config/config.ts';
import { tuningSettings } from '../../src/config/internalSettings.ts';
import { meaningOf } from '../../src/config/settingKinds.ts';
import { settingGroups } from '../../src/config/settings.ts';

const file = path.resolve(import.meta.dirname, '../../docs/configuration.md');

type Settings = Readonly<Record<string, Parameters<typeof meaningOf>[0]>>;

const opening = `# Configuration

<!-- Generated from src/config by \`npm run config:docs\`. Change the settings there, not here. -->

Every setting is an environment variable. The API, the worker and the migration read it once, when they start. An empty
variable counts as not set. A process refuses to start with a setting that it can't use. Its message names every
refused variable, the value, and the accepted values.

\`npm start\` does not start a part whose address is set. It uses the part at that address.

A setting that holds a secret has a second name. \`NAME_FILE\` names a file with its value, as Docker and Kubernetes mount
secrets. A line break at the end of the file does not count. A process refuses both names at once, and a file that is
empty or can't be read. It warns about a file that every user of the machine can read. These settings hold secrets:

${secretSettings.map((name) => `- \`${name}\``).join('\n')}`;

const sections: Readonly<Record<string, string>> = {
  Installation: `Two installations on the same parts need two names, and a database each. All processes of one installation need the same
name. Set one of the other four only if that one must have another name. Do not rename an installation that has run: under
a new name it finds neither its read model nor its schedules.`,
  Webhooks: `[Webhooks](webhooks.md#where-they-may-be-sent) says what is refused, and how to replace the key.`,
  Upgrading: `Read by the worker. [Upgrading without a pause](deployment.md#upgrading-without-a-pause) says when to set it.`,
  'TLS and keys for Temporal': `The variables have the names that the \`temporal\` command line reads.`,
};

const tuningOpening = `## Internal: tuning

You should not need these: only benchmarks and fault runs set them. Several limits depend on each other, and a process
refuses a combination that can't work.`;

/** The unit that the setting's name tells. */
function unitOf(name: string): string {
  if (name.endsWith('_MS')) return 'ms';
  if (name.endsWith('_S')) return 's';
  if (name.endsWith('_HOURS')) return 'hours';
  return name.endsWith('_BYTES_MAX') ? 'bytes' : '';
}

function table(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, schema]) => {
    const { meaning, fallback = '', follows, accepted = '' } = meaningOf(schema);
    const shownDefault = follows ?? (fallback === '' ? '' : `\`${fallback}\``);
    return `| \`${name}\` | ${shownDefault} | ${unitOf(name)} | ${accepted} | ${meaning} |`;
  });
  return ['| variable | default | unit | accepted | meaning |', '|---|---|---|---|---|', ...rows].join('\n');
}

export function generateConfigurationPage(): string {
  const groups = settingGroups.map(({ title, settings }) =>
    [`## ${title}`, sections[title], table(settings)].filter((part) => part !== undefined).join('\n\n'),
  );
  return `${[opening, ...groups, tuningOpening, table(tuningSettings)].join('\n\n')}\n`;
}

export function committedConfigurationPage(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, generateConfigurationPage());
