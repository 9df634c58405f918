// Writes CSV as RFC 4180 says. Pure. Spreadsheets run a cell that begins like a formula, so a text of a
// caller gets an apostrophe before such a beginning. Numbers of our own go without.

/** Text of callers. Numbers and times are our own, so they are written as they are. */
export type CsvCell = string | { readonly text: string };

/** Also the wide forms, which some spreadsheets take for the narrow ones. */
const likeFormula = /^[=+\-@\t\r\n＝＋－＠]/;
const quoted = /[",\r\n]/;

export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(cell: CsvCell): string {
  const value = typeof cell === 'string' ? cell : harmless(cell.text);
  return quoted.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function harmless(text: string): string {
  return likeFormula.test(text) ? `'${text}` : text;
}
