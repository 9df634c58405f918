// Runs SQL for `npm run stack -- psql` on machines without psql. Takes the SQL from -c or from stdin, and
// prints aligned tables like psql.
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { StackError } from './part.ts';

type Row = readonly (string | null)[];

/** Resolves to the exit code: 0, or 1 if a statement failed. */
export async function runSql(databaseUrl: string, args: readonly string[]): Promise<number> {
  const statements = await statementsOf(args);
  const client = new pg.Client({
    connectionString: databaseUrl,
    // Every value stays the text that PostgreSQL sent, so no number or date changes its form.
    types: { getTypeParser: () => (value: string) => value },
  });
  await client.connect();
  try {
    for (const statement of statements) {
      const answer: unknown = await client.query({ text: statement, rowMode: 'array' });
      for (const result of (Array.isArray(answer) ? answer : [answer]) as pg.QueryArrayResult<string[]>[]) {
        console.log(result.fields.length === 0 ? result.command : table(result));
      }
    }
    return 0;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    console.error(`${error.severity ?? 'ERROR'}:  ${error.message}`);
    return 1;
  } finally {
    await client.end();
  }
}

async function statementsOf(args: readonly string[]): Promise<readonly string[]> {
  if (args.length === 0) return [await text(process.stdin)];
  const statements: string[] = [];
  for (let at = 0; at < args.length; at += 2) {
    const statement = args[at + 1];
    if ((args[at] !== '-c' && args[at] !== '--command') || statement === undefined) {
      throw new StackError(
        'Without psql on PATH only -c "sql" or SQL on stdin works; install psql for more.',
      );
    }
    statements.push(statement);
  }
  return statements;
}

function table(result: { fields: readonly { name: string }[]; rows: readonly Row[] }): string {
  const names = result.fields.map((field) => field.name);
  const rows = result.rows.map((row) => row.map((value) => value ?? ''));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => ` ${cell.padEnd(widths[column] ?? 0)} `)
      .join('|')
      .trimEnd();
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`;
  return [line(names), widths.map((width) => '-'.repeat(width + 2)).join('+'), ...rows.map(line), count].join(
    '\n',
  );
}
