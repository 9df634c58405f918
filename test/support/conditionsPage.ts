// Makes docs/conditions.md out of the health model: `npm run conditions:docs`. A test compares the committed
// page with it. The words of a finding are those of facts made by hand, so the page shows what doctor says.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Condition } from '../../src/health/condition.ts';
import { conditions } from '../../src/health/conditions/conditions.ts';
import { judge } from '../../src/health/judge.ts';
import { toldWithin } from './toldWithin.ts';
import { unwellFacts } from './unwellFacts.ts';

const file = path.resolve(import.meta.dirname, '../../docs/conditions.md');

const opening = `# Conditions

<!-- Generated from src/health by \`npm run conditions:docs\`. Change the conditions there, not here. -->

A condition is one way to be unwell. \`wallet doctor\`, \`GET /admin/health\`, the console and the alerts show the
conditions that hold, in the same words. The metric \`wallet_health_condition\` is 1 while a condition holds.

- **critical**: operations fail, or the projections or a recovery stand still. The console is red, and an alert calls
  somebody after a minute.
- **warning**: everything goes on, and somebody should act today. An alert tells it after five minutes.

The column *told after* says how long after the fault doctor and the console told it. It was measured on the local stack.`;

function table(): string {
  const rows = conditions.map(({ name, part, severity, title }) => {
    const seconds = toldWithin[name] ?? 'not measured';
    return `| [\`${name}\`](#${name}) | ${part} | ${severity} | ${title} | ${seconds} |`;
  });
  return [
    '| condition | part | severity | what it means | told after |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function section({ name, part, severity, title, stopsOperations }: Condition): string {
  const [found] = judge(unwellFacts[name]?.facts ?? missing(name), conditions);
  if (found === undefined) return missing(name);
  const { problem, advice, command } = found;
  const effect = stopsOperations === true ? ' No operation succeeds, and `/readyz` answers 503.' : '';
  const lines = [
    `### ${name}`,
    `${title}. Part: ${part}. Severity: ${severity}.${effect}`,
    `- **Says**, for example: ${problem.endsWith('.') ? problem : `${problem}.`}\n- **Do**: ${advice}`,
    ...(command === null ? [] : [`\`\`\`text\n${command}\n\`\`\``]),
  ];
  return lines.join('\n\n');
}

function missing(name: string): never {
  throw new Error(`test/support/unwellFacts.ts has no facts for ${name}`);
}

export function generateConditionsPage(): string {
  return `${[opening, table(), ...conditions.map(section)].join('\n\n')}\n`;
}

export function committedConditionsPage(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, generateConditionsPage());
