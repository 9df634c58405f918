// events: the event feed on a terminal, a page of it or everything that happens from now on.
import { type Command, Option } from 'commander';
import { type components, type Input, valueOf } from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { whole } from './lists.ts';
import { table } from './output.ts';

type CloudEvent = components['schemas']['CloudEvent'];

interface EventOptions {
  readonly after?: string;
  readonly follow?: true;
  readonly limit?: number;
  readonly types?: string;
  readonly wallet?: string;
  readonly owner?: string;
  readonly label?: string;
}

const rowsDefault = 20;

export function addEventCommands(program: Command): void {
  program
    .command('events')
    .description('show the events of all wallets, in the order of commits')
    .option('--after <cursor>', 'go on after this cursor; 0 is the beginning, latest the end')
    .option('--follow', 'show what happens, until you leave; begins at the end of the log')
    .addOption(
      new Option('--limit <rows>', 'events at most; not with --follow').argParser(whole).conflicts('follow'),
    )
    .option('--types <types>', 'of these types, with commas between them')
    .option('--wallet <id>', 'of this wallet')
    .option('--owner <id>', 'of the wallets of this owner')
    .option('--label <label>', 'of wallets with this label')
    .addHelpText(
      'after',
      examples(
        'wallet events --follow',
        'wallet events --wallet wallet-001 --types wallet.credited.v1,wallet.debited.v1',
        'wallet --json events --follow --after 0   # every event as a line of JSON, with its cursor',
      ),
    )
    .action(async (options: EventOptions, command: Command) => {
      const context = contextOf(command);
      await (options.follow ? follow(context, options) : showPage(context, options));
    });
}

function filterOf({ types, wallet, owner, label }: EventOptions) {
  return {
    ...(types !== undefined && { types }),
    ...(wallet !== undefined && { walletId: wallet }),
    ...(owner !== undefined && { ownerId: owner }),
    ...(label !== undefined && { label }),
  } satisfies Input<'listEvents'>;
}

async function showPage({ client, output }: Context, options: EventOptions): Promise<void> {
  const { limit = rowsDefault, after } = options;
  const page = valueOf(
    await client.listEvents({ ...filterOf(options), limit, ...(after !== undefined && { after }) }),
  );
  output.result(page, () => table(['event', 'time', 'type', 'what'], page.events.map(rowOf), 'No event.'));
  if (!output.isJson)
    output.note(`${page.hasMore ? 'more' : 'that is all; go on'} with --after ${page.next}`);
}

/** Ends with Ctrl-C, or with an error. Each event is a line, so another program can read on. */
async function follow({ client, output }: Context, options: EventOptions): Promise<void> {
  const { after = 'latest' } = options;
  const onRetry = (failure: unknown, delayMs: number) => {
    const reason = failure instanceof Error ? failure.message : String(failure);
    output.note(`no connection: ${reason}; trying again in ${Math.ceil(delayMs / 1_000)} s`);
  };
  for await (const event of client.events({ ...filterOf(options), after }, { onRetry }))
    output.each(event, () => rowOf(event).join('  '));
}

function rowOf({ id, time, type, data }: CloudEvent): readonly string[] {
  if ('eventType' in data) {
    const { name, field, value, op, currency } = data;
    return [id, time, type, `${name}: ${field} ${value} is ${op} ${data.amount} ${currency}`];
  }
  const amount = 'amount' in data ? `${data.amount} ${data.currency}, ` : '';
  return [id, time, type, `${amount}balance ${data.balance} ${data.currency}`];
}
