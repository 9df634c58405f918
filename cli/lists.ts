// Shows a list page by page: its rows, how many they are, and how to go on.
//
// Invariant: a list never ends in silence. A person reads on stderr whether there is more. A script finds
// `nextCursor` in the document.
import { type Command, InvalidArgumentError } from 'commander';
import { type Result, valueOf } from '../src/client/index.ts';
import type { Context } from './context.ts';
import { grouped } from './output.ts';

/** Rows that `--all` shows at most, so that neither the service nor a terminal is flooded. */
export const allRowsMax = 10_000;

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
  readonly all?: true;
}

export function whole(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}

/** For a time that may be none. */
export function hours(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 0.');
  return Number(text);
}

export function paged(command: Command): Command {
  return command
    .option('--limit <rows>', 'rows on the page', whole)
    .option('--cursor <cursor>', 'where the page before ended')
    .option('--all', `every page from there on, up to ${grouped(allRowsMax)} rows`);
}

/** The parameters of the first page. */
export function pageOf({ limit, cursor }: PageOptions): { limit?: number; cursor?: string } {
  return { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
}

interface Total {
  readonly count: number;
  readonly isExact: boolean;
}

type Page<Member extends string, Row> = Readonly<Record<Member, readonly Row[]>> & {
  readonly nextCursor: string | null;
  readonly total?: Total | null;
};

interface Listed<Member extends string, Row> {
  /** The member of the answer that holds the rows. */
  readonly member: Member;
  /** What the rows are, in plural. */
  readonly noun: string;
  readonly ask: (page: { limit?: number; cursor?: string }) => Promise<Result<Page<Member, Row>>>;
  readonly show: (rows: readonly Row[]) => string;
}

/** Shows one page, or with `--all` every page up to `allRowsMax` rows as if they were one. */
export async function showList<Member extends string, Row>(
  { output }: Context,
  options: PageOptions,
  { member, noun, ask, show }: Listed<Member, Row>,
): Promise<void> {
  let page = valueOf(await ask(pageOf(options)));
  let rows: readonly Row[] = page[member];
  while (options.all && page.nextCursor !== null && rows.length < allRowsMax) {
    const cursor: string = page.nextCursor;
    page = valueOf(await ask({ ...pageOf(options), cursor }));
    if (page.nextCursor === cursor)
      throw new Error(`The page after cursor "${cursor}" leads back to itself.`);
    rows = [...rows, ...page[member]];
  }
  output.result({ ...page, [member]: rows }, () => show(rows));
  if (output.isJson) return;
  const end = endInWords(rows.length, noun, page, options);
  if (end !== undefined) output.note(end);
}

function endInWords(
  shown: number,
  noun: string,
  { nextCursor, total }: Page<string, unknown>,
  { all, cursor }: PageOptions,
): string | undefined {
  if (nextCursor === null) {
    if (shown === 0) return undefined;
    return cursor === undefined ? `that is all: ${grouped(shown)} ${noun}` : `that is the end of the ${noun}`;
  }
  const counted = total ? ` of ${total.isExact ? '' : 'at least '}${grouped(total.count)}` : '';
  const goOn = all ? `--all --cursor ${nextCursor}` : `--cursor ${nextCursor}, or all with --all`;
  return `${grouped(shown)}${counted} ${noun}; more with ${goOn}`;
}
