// list and owner: the wallets that fit what is known of them, and what an owner has.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type components, type Input, valueOf } from '../src/client/index.ts';
import { contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList } from './lists.ts';
import { table } from './output.ts';

type Wallet = components['schemas']['Wallet'];
type Search = NonNullable<Input<'listWallets'>>;

interface ListOptions extends PageOptions {
  readonly owner?: string;
  readonly currency?: string;
  readonly status?: Search['status'];
  readonly label?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly minAvailable?: string;
  readonly createdFrom?: string;
  readonly createdTo?: string;
  readonly changedFrom?: string;
  readonly changedTo?: string;
  readonly sort?: Search['sort'];
  readonly descending?: true;
}

export function addWalletLists(program: Command): void {
  paged(program.command('list').description('list wallets'))
    .option('--owner <id>', 'only wallets of this owner')
    .option('--currency <code>', 'in this currency')
    .addOption(new Option('--status <status>', 'with this status').choices(['active', 'frozen', 'closed']))
    .option('--label <label>', 'with this label')
    .option('--metadata <key=value>', 'with this value in their metadata; may be repeated', takeEntry)
    .option('--min-available <amount>', 'that can give at least this amount')
    .option('--created-from <time>', 'created then or later; RFC 3339')
    .option('--created-to <time>', 'created earlier; RFC 3339')
    .option('--changed-from <time>', 'changed then or later; RFC 3339')
    .option('--changed-to <time>', 'changed earlier; RFC 3339')
    .addOption(
      new Option('--sort <by>', 'in this order; balance needs --currency').choices([
        ...['id', 'balance', 'created', 'changed'],
      ]),
    )
    .option('--descending', 'the greatest or newest first')
    .addHelpText(
      'after',
      examples(
        'wallet list --owner owner-1',
        'wallet list --currency EUR --min-available 100.00 --sort balance --descending',
        'wallet list --status frozen --metadata shop=berlin',
      ),
    )
    .action(async (options: ListOptions, command: Command) => {
      const context = contextOf(command);
      const search = searchOf(options);
      const hint = 'No wallet fits. Create one with: wallet create wallet-001 --owner owner-1';
      await showList(context, options, {
        ...{ member: 'wallets', noun: 'wallets' },
        ask: (page) => context.client.listWallets({ ...search, ...page }),
        show: (wallets) => tableOfWallets(wallets, hint),
      });
    });

  program
    .command('owner')
    .description('sum the wallets of an owner, in each currency')
    .argument('<ownerId>')
    .addHelpText('after', examples('wallet owner owner-1'))
    .action(async (ownerId: string, _: unknown, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.getOwnerSummary({ ownerId }));
      const head = ['currency', 'wallets', 'balance', 'held', 'available'];
      output.result(found, () =>
        table(
          head,
          found.currencies.map((one) => [one.currency, one.wallets, one.balance, one.held, one.available]),
          'No wallet of this owner.',
        ),
      );
    });
}

/** Adds one entry to those before it. */
function takeEntry(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a key, = and a value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function searchOf(options: ListOptions): Search {
  const { owner, currency, status, label, metadata, minAvailable, sort, descending } = options;
  const { createdFrom, createdTo, changedFrom, changedTo } = options;
  const search = {
    ...{ ownerId: owner, currency, status, label, metadata, minAvailable },
    ...{ createdFrom, createdTo, changedFrom, changedTo, sort },
    order: descending && 'desc',
  };
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}

export function tableOfWallets(wallets: readonly Wallet[], none?: string): string {
  const rows = wallets.map(({ id, ownerId, balance, available, status, currency, version, updatedAt }) => [
    id,
    ownerId,
    balance,
    available,
    currency,
    status,
    String(version),
    updatedAt,
  ]);
  return table(
    ['wallet', 'owner', 'balance', 'available', 'currency', 'status', 'version', 'updated'],
    rows,
    none,
  );
}
