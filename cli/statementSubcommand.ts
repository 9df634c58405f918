// statement: a wallet's balance at the beginning of a period, its movements, and the balance at the end. As
// CSV it goes to stdout while it arrives, because it may be larger than the memory.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import {
  type components,
  UnexpectedAnswerError,
  valueOf,
  WalletConnectionError,
} from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { facts, table } from './output.ts';

type Statement = components['schemas']['Statement'];
type Movement = components['schemas']['StatementMovement'];

interface StatementOptions extends PageOptions {
  readonly from?: string;
  readonly to?: string;
  readonly csv?: true;
}

interface Period {
  readonly walletId: string;
  readonly from?: string;
  readonly to?: string;
}

export function addStatementCommand(program: Command): void {
  paged(program.command('statement').description("read a wallet's statement").argument('<walletId>'))
    .option('--from <time>', 'RFC 3339, included; the first movement if it is not given')
    .option('--to <time>', 'RFC 3339, not included; the last movement if it is not given')
    .option('--csv', 'the whole statement as CSV')
    .addHelpText(
      'after',
      examples(
        'wallet statement wallet-001 --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z',
        'wallet statement wallet-001 --csv > statement.csv',
      ),
    )
    .action(async (walletId: string, options: StatementOptions, command: Command) => {
      const { from, to, csv } = options;
      const context = contextOf(command);
      const period = { walletId, ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      if (csv !== true) return showStatement(context, period, options);
      if (context.output.isJson) command.error("error: '--csv' and '--json' exclude each other");
      return writeCsv(context, period);
    });
}

async function showStatement(context: Context, period: Period, options: StatementOptions): Promise<void> {
  let statement: Statement | undefined;
  await showList(context, options, {
    ...{ member: 'movements', noun: 'movements' },
    ask: async (page) => {
      const read = await context.client.getStatement({ ...period, ...page });
      if (read.ok) statement = read.value;
      return read;
    },
    show: (movements) => [...headOf(statement), tableOf(movements)].join('\n'),
  });
}

/** The lines above the movements. They are about the whole statement, on every page of it. */
function headOf(statement: Statement | undefined): readonly string[] {
  if (statement === undefined) return [];
  const { walletId, ownerId, currency, opening, closing, totals } = statement;
  const shown = facts([
    ['wallet', walletId],
    ['owner', ownerId],
    ['from', statement.from ?? 'its first movement'],
    ['to', statement.to ?? 'its last movement'],
    ['opening', `${opening.balance} ${currency}`],
    ['in', totals && `${totals.credits} ${currency}`],
    ['out', totals && `${totals.debits} ${currency}`],
    ['closing', `${closing.balance} ${currency}`],
    ['held', `${closing.held} ${currency}`],
    ['available', `${closing.available} ${currency}`],
    ['movements', totals?.movements],
  ]);
  return [shown, ''];
}

function tableOf(movements: readonly Movement[]): string {
  const rows = movements.map((one) => [
    one.occurredAt,
    one.type,
    one.direction === 'in' ? one.amount : '',
    one.direction === 'out' ? one.amount : '',
    one.balanceAfter,
    one.counterpart,
    one.description,
    one.movementId,
  ]);
  const head = ['time', 'type', 'in', 'out', 'balance', 'other wallet', 'description', 'movement'];
  return table(head, rows, 'No movement in this time.');
}

async function writeCsv({ client, download }: Context, period: Period): Promise<void> {
  // A refusal, such as that of an unknown wallet, is told as for every other command.
  valueOf(await client.getStatement({ ...period, limit: 1 }));
  const { walletId, ...times } = period;
  const search = new URLSearchParams(times).toString();
  const path = `/v1/wallets/${encodeURIComponent(walletId)}/statement.csv${search === '' ? '' : `?${search}`}`;
  const { url, status, ok, headers, body } = await download(path);
  if (!ok || body === null || headers.get('content-type')?.startsWith('text/csv') !== true)
    throw new UnexpectedAnswerError(`${url} answered ${status} without a statement`, undefined, undefined);
  try {
    await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), process.stdout, {
      end: false,
    });
  } catch (error) {
    const message = 'The statement broke off: it is whole if its last line is the closing balance';
    throw new WalletConnectionError(message, undefined, error);
  }
}
