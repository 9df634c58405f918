// Prints tables for people and one JSON document for scripts. Results go to stdout, and everything else to
// stderr.
import Table from 'cli-table3';
import { visible, withVisibleText } from '../src/foreignText.ts';
import { withThousands } from '../src/workflows/recovery/thousands.ts';

export interface Output {
  readonly isJson: boolean;
  /** Prints the result of a command: `value` for scripts, `show()` for people. */
  readonly result: (value: unknown, show: () => string) => void;
  /** Prints one of many results that come one by one. `value` is one line for scripts. */
  readonly each: (value: unknown, show: () => string) => void;
  /** Prints a remark on stderr. */
  readonly note: (line: string) => void;
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    result: (value, show) => {
      process.stdout.write(`${isJson ? withVisibleText(JSON.stringify(value, undefined, 2)) : show()}\n`);
    },
    each: (value, show) => {
      process.stdout.write(`${withVisibleText(isJson ? JSON.stringify(value) : show())}\n`);
    },
    note: (line) => {
      process.stderr.write(`${withVisibleText(line)}\n`);
    },
  };
}

type Cell = string | number | boolean | null | undefined;

const plain = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
const noBorders = {
  ...plain,
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Aligns the columns, with numbers to the right. Without rows it is the text `none`. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  none = 'Nothing.',
): string {
  if (rows.length === 0) return none;
  const isNumeric = head.map((_, at) => rows.every((row) => /^-?[\d.,]*$/.test(textOf(row[at]))));
  const drawn = new Table({
    head: [...head],
    chars: noBorders,
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: isNumeric.map((right) => (right ? 'right' : 'left')),
  });
  drawn.push(...rows.map((row) => head.map((_, at) => textOf(row[at]))));
  const lines = drawn.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** One name and value per line. */
export function facts(entries: readonly (readonly [string, Cell])[]): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${textOf(value)}`).join('\n');
}

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '–';
  return typeof cell === 'number' ? grouped(cell) : visible(String(cell));
}

export function grouped(count: number): string {
  return withThousands(String(count));
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const s = Math.round(ms / 1_000);
  if (s < 60) return `${s} s`;
  return s < 3_600
    ? `${Math.floor(s / 60)} min ${s % 60} s`
    : `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
}
