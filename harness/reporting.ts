// Prints tables on the terminal, and names the commit that was measured, for benches and faults.
import { execFileSync } from 'node:child_process';
import { root } from '../stack/paths.ts';

/** The first column is aligned to the left, the others to the right. */
export function printTable(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  console.log(`\n${title}\n`);
  console.log(line(head));
  console.log(widths.map((width) => '-'.repeat(width)).join('  '));
  for (const row of rows) console.log(line(row));
}

/** The commit of the product's code that is measured. */
export function commit(): string {
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: 'pipe' } as const;
    const changed = execFileSync('git', ['status', '--porcelain', '--', 'src', 'server'], options);
    const head = execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
    return changed === '' ? head : `${head} with changes`;
  } catch {
    // No git, or an unpacked archive.
    return 'unknown';
  }
}
