// movement show, movement find: one movement of money, and those that a search finds.
import { type Command, Option } from 'commander';
import { type components, type Input, valueOf } from '../src/client/index.ts';
import { type Context, contextOf, examples } from './context.ts';
import { allRowsMax, paged, pageOf, type PageOptions } from './lists.ts';
import { facts, grouped, table } from './output.ts';

type Movement = components['schemas']['MoneyMovement'];
type MovementDetails = components['schemas']['MovementDetails'];

/** Requests of one `find` at most. Each examines a bounded part of the log. */
const requestsMax = 100;
const rowsDefault = 20;

export function addMovementCommands(program: Command): void {
  const movement = program.command('movement').description('show a movement of money, or find movements');
  movement
    .command('show')
    .description('show a movement, both its wallets and its ledger entries')
    .argument('<movementId>', 'such as wallet-001@4; every answer, event and ledger entry has it')
    .addHelpText('after', examples('wallet movement show wallet-001@4'))
    .action(async (movementId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.getMovement({ movementId }));
      output.result(found, () => showMovement(found));
    });
  paged(
    movement
      .command('find')
      .description('find movements, the newest first, by whatever is known of them')
      .argument('[text]', 'any id, idempotency key or wallet, or words of the description'),
  )
    .option('--command <id>', 'of this command')
    .option('--key <key>', 'of the command with this idempotency key')
    .option('--request <id>', 'of this request')
    .option('--wallet <id>', 'of this wallet; reads its history alone')
    .option('--description <text>', 'with these words in the description')
    .option('--counterpart <id>', 'with this wallet on the other side')
    .addOption(
      new Option('--type <type>', 'of this type').choices([
        ...['create', 'credit', 'debit', 'transfer'],
        ...['hold', 'capture', 'release', 'reversal', 'change'],
      ]),
    )
    .option('--currency <code>', 'in this currency')
    .option('--min <amount>', 'of at least this amount')
    .option('--max <amount>', 'of at most this amount')
    .option('--from <time>', 'that happened then or later; RFC 3339')
    .option('--to <time>', 'that happened earlier; RFC 3339')
    .addHelpText(
      'after',
      examples(
        'wallet movement find order-17',
        'wallet movement find --wallet wallet-001 --description rent --min 25.00',
        'wallet movement find rent --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z',
      ),
    )
    .action(async (text: string | undefined, options: FindOptions, command: Command) => {
      await find(contextOf(command), searchOf(text, options), options);
    });
}

interface FindOptions extends PageOptions {
  readonly command?: string;
  readonly key?: string;
  readonly request?: string;
  readonly wallet?: string;
  readonly description?: string;
  readonly counterpart?: string;
  readonly type?: Movement['type'];
  readonly currency?: string;
  readonly min?: string;
  readonly max?: string;
  readonly from?: string;
  readonly to?: string;
}

type Search = NonNullable<Input<'findMovements'>>;

function searchOf(text: string | undefined, options: FindOptions): Search {
  const { command, key, request, wallet, description, counterpart, type, currency } = options;
  const search = {
    text: text?.trim(),
    commandId: command,
    idempotencyKey: key,
    requestId: request,
    walletId: wallet,
    description,
    counterpart,
    type,
    currency,
    amountMin: options.min,
    amountMax: options.max,
    occurredFrom: options.from,
    occurredTo: options.to,
  };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

/** Asks page by page until a page of movements is found, the log ends, or `requestsMax` is reached. */
async function find({ client, output }: Context, search: Search, options: FindOptions): Promise<void> {
  const { limit = rowsDefault, cursor } = pageOf(options);
  const wanted = options.all ? allRowsMax : limit;
  const movements: Movement[] = [];
  const unreadable: components['schemas']['MovementsFound']['unreadable'][number][] = [];
  let nextCursor: string | null = cursor ?? null;
  let examined = 0;
  for (let requests = 0; requests < requestsMax && movements.length < wanted; requests += 1) {
    const input: Search = { ...search, limit: Math.min(limit, wanted - movements.length) };
    const page = valueOf(
      await client.findMovements(nextCursor === null ? input : { ...input, cursor: nextCursor }),
    );
    movements.push(...page.movements);
    unreadable.push(...page.unreadable);
    examined += page.examined.events;
    ({ nextCursor } = page);
    if (nextCursor === null) break;
  }
  const none = 'No movement fits. A command that was refused moved nothing.';
  output.result({ movements, unreadable, examined: { events: examined }, nextCursor }, () =>
    tableOf(movements, nextCursor === null ? none : 'None yet.'),
  );
  for (const one of unreadable) output.note(`${one.movementId} can't be read: ${one.reason}`);
  if (output.isJson) return;
  const shown = `${grouped(movements.length)} movements in ${grouped(examined)} events`;
  if (nextCursor !== null) output.note(`${shown}; more with --cursor ${nextCursor}, or all with --all`);
  else if (movements.length > 0) output.note(`that is all: ${shown}`);
}

function tableOf(movements: readonly Movement[], none: string): string {
  const rows = movements.map(({ movementId, occurredAt, type, amount, currency, from, to, description }) => [
    movementId,
    occurredAt,
    type,
    amount,
    currency,
    from?.walletId,
    to?.walletId,
    description,
  ]);
  return table(['movement', 'time', 'type', 'amount', 'currency', 'from', 'to', 'description'], rows, none);
}

function showMovement(movement: MovementDetails): string {
  const { movementId, type, amount, currency, occurredAt, description, from, to, ledger } = movement;
  const { holdId, originalMovementId, reversed, reversedBy } = movement;
  const side = (one: typeof from) =>
    one === null
      ? 'outside'
      : `${one.walletId} at version ${one.version}, balance ${one.balance} ${currency} after it`;
  const shown = facts([
    ['movement', movementId],
    ['type', type],
    ['amount', `${amount} ${currency}`],
    ['time', occurredAt],
    ['from', side(from)],
    ['to', side(to)],
    ['description', description],
    ...(holdId === null ? [] : ([['hold', holdId]] as const)),
    ...(originalMovementId === null ? [] : ([['gives back of', originalMovementId]] as const)),
    ...(reversedBy.length === 0
      ? []
      : ([['gone back', `${reversed} by ${reversedBy.map((by) => by.movementId).join(', ')}`]] as const)),
    ['command', movement.commandId],
    ['request', movement.requestId],
    ['ledger', ledger.state === 'waiting' ? 'not yet projected' : ledger.state],
    ...(ledger.reason === null ? [] : ([['reason', ledger.reason]] as const)),
  ]);
  if (ledger.entries.length === 0) return shown;
  const rows = ledger.entries.map((entry) => [
    entry.account,
    entry.direction === 'debit' ? entry.amount : '',
    entry.direction === 'credit' ? entry.amount : '',
    entry.balanceAfter,
  ]);
  return [shown, '', table(['account', 'debit', 'credit', 'balance'], rows)].join('\n');
}
