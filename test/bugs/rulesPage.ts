// Prints docs/rules.md from the planted bugs: `npm run rules:write`. A unit test compares the committed page
// with it.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../stack/paths.ts';
import { chapters } from './planted/plantedBugs.ts';
import type { PlantedBug } from './plantedBug.ts';

const file = path.join(root, 'docs', 'rules.md');

const opening = `# Rules

Each rule always holds. The table names the damage if a rule breaks, and the test that fails then. \`npm run test:bugs\`
breaks every rule once in a copy of the code and runs that test ([how](../test/bugs/README.md)). A rule keeps its number.

The page is generated from \`test/bugs/planted/\` by \`npm run rules:write\`.`;

export function rulesPage(): string {
  const tables = chapters.map(
    ({ title, bugs }) =>
      `## ${title}\n\n| | rule | damage if it breaks | test that holds it |\n|---|---|---|---|\n${bugs.map(row).join('\n')}`,
  );
  return `${[opening, ...tables].join('\n\n')}\n`;
}

function row({ rule, invariant, harm, test }: PlantedBug): string {
  const cells = [rule, invariant, harm, `\`${test.file}\`: ${test.name}`];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function committedRulesPage(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, rulesPage());
