// create, credit, debit, transfer, get, list, history, ledger, balance.
import type { Command } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import {
  callOptions,
  commandFacts,
  described,
  type MoveOptions,
  moving,
  showChanged,
  showCommand,
  showWallet,
} from './changes.ts';
import { contextOf, examples } from './context.ts';
import { addWalletLists, tableOfWallets } from './walletLists.ts';
import { paged, type PageOptions, showList, whole } from './lists.ts';
import { table } from './output.ts';

export function addWalletCommands(program: Command): void {
  program
    .command('create')
    .description('create a wallet')
    .argument('[walletId]', 'its id; a new one is made if none is given')
    .requiredOption('--owner <id>', 'whose wallet it is')
    .option('--balance <amount>', 'its initial balance', '0')
    .option('--currency <code>', 'ISO 4217', 'USD')
    .option('--key <key>', 'idempotency key: repeats of the command take effect once')
    .addHelpText('after', examples('wallet create wallet-001 --owner owner-1 --balance 100.00'))
    .action(async (walletId: string | undefined, options: CreateOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const { owner: ownerId, balance: initialBalance, currency } = options;
      const input = { ownerId, initialBalance, currency, ...(walletId !== undefined && { walletId }) };
      const created = await client.createWallet(input, callOptions(options));
      const wallet = { ...valueOf(created), ...commandFacts(created) };
      output.result(wallet, () => showChanged(wallet));
    });

  for (const [verb, description] of [
    ['credit', 'put money into a wallet'],
    ['debit', 'take money out of a wallet'],
  ] as const) {
    moving(program.command(verb).description(description).argument('<walletId>').argument('<amount>'))
      .addHelpText('after', examples(`wallet ${verb} wallet-001 50.50 --description top-up --key order-17`))
      .action(async (walletId: string, amount: string, options: MoveOptions, command: Command) => {
        const { client, output } = contextOf(command);
        const move = verb === 'credit' ? client.creditWallet : client.debitWallet;
        const moved = await move({ walletId, amount, ...described(options) }, callOptions(options));
        const wallet = { ...valueOf(moved), ...commandFacts(moved) };
        output.result(wallet, () => showChanged(wallet));
      });
  }

  moving(
    program
      .command('transfer')
      .description('move money to another wallet')
      .argument('<fromWalletId>')
      .argument('<toWalletId>')
      .argument('<amount>'),
  )
    .addHelpText('after', examples('wallet transfer wallet-001 wallet-002 25.00 --description rent'))
    .action(
      async (
        walletId: string,
        toWalletId: string,
        amount: string,
        options: MoveOptions,
        command: Command,
      ) => {
        const { client, output } = contextOf(command);
        const input = { walletId, toWalletId, amount, ...described(options) };
        const sent = await client.transferFunds(input, callOptions(options));
        const both = { ...valueOf(sent), ...commandFacts(sent) };
        output.result(both, () =>
          [tableOfWallets([both.fromWallet, both.toWallet]), '', showCommand(both)].join('\n'),
        );
      },
    );
  addWalletReads(program);
  addWalletLists(program);
  addLedgerReads(program);
}

interface CreateOptions extends MoveOptions {
  readonly owner: string;
  readonly balance: string;
  readonly currency: string;
}

function addWalletReads(program: Command): void {
  program
    .command('get')
    .description('read a wallet')
    .argument('<walletId>')
    .option('--strong', 'ask the event store instead of the read model')
    .option('--min-version <version>', 'wait a moment for this version', whole)
    .addHelpText('after', examples('wallet get wallet-001', 'wallet get wallet-001 --json | jq -r .balance'))
    .action(async (walletId: string, options: { strong?: true; minVersion?: number }, command: Command) => {
      const { client, output } = contextOf(command);
      const { strong, minVersion } = options;
      const read = await client.getWallet({
        walletId,
        ...(strong && { consistency: 'strong' as const }),
        ...(minVersion !== undefined && { minVersion }),
      });
      const wallet = valueOf(read);
      output.result(wallet, () => `${showWallet(wallet)}\nread from  ${read.facts.readSource ?? '–'}`);
    });

  paged(program.command('history').description("read a wallet's events, oldest first").argument('<walletId>'))
    .option('--newest-first', 'instead of oldest first')
    .addHelpText('after', examples('wallet history wallet-001 --newest-first --limit 5'))
    .action(async (walletId: string, options: PageOptions & { newestFirst?: true }, command: Command) => {
      const context = contextOf(command);
      const order = options.newestFirst ? { order: 'desc' as const } : {};
      await showList(context, options, {
        ...{ member: 'events', noun: 'events' },
        ask: (page) => context.client.listWalletEvents({ walletId, ...order, ...page }),
        show: tableOfEvents,
      });
    });
}

type WalletEvent = components['schemas']['Event'];

function counterpartOf(event: WalletEvent): string | undefined {
  if ('toWalletId' in event) return event.toWalletId ?? undefined;
  return 'fromWalletId' in event ? event.fromWalletId : undefined;
}

function aboutEvent(event: WalletEvent): string | undefined {
  if (event.type === 'Unreadable') return `can't be read: ${event.reason}`;
  if ('reason' in event) return event.reason;
  return 'description' in event ? event.description : undefined;
}

function tableOfEvents(events: readonly WalletEvent[]): string {
  const rows = events.map((event) => [
    String(event.version),
    event.occurredAt,
    'recordedType' in event ? event.recordedType : event.type,
    'amount' in event ? event.amount : undefined,
    'balance' in event ? event.balance : undefined,
    counterpartOf(event),
    aboutEvent(event),
    event.movementId,
  ]);
  const head = ['version', 'time', 'event', 'amount', 'balance', 'other wallet', 'description', 'movement'];
  return table(head, rows);
}

function addLedgerReads(program: Command): void {
  paged(program.command('ledger').description("read a wallet's ledger entries").argument('<walletId>'))
    .option('--oldest-first', 'instead of newest first')
    .option('--from <time>', 'RFC 3339, included')
    .option('--to <time>', 'RFC 3339, not included')
    .addHelpText('after', examples('wallet ledger wallet-001 --from 2026-11-01T00:00:00Z'))
    .action(async (walletId: string, options: LedgerOptions, command: Command) => {
      const context = contextOf(command);
      const { oldestFirst, from, to } = options;
      const input = {
        walletId,
        ...(oldestFirst && { order: 'asc' as const }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      };
      await showList(context, options, {
        ...{ member: 'entries', noun: 'entries' },
        ask: (page) => context.client.listLedgerEntries({ ...input, ...page }),
        show: tableOfEntries,
      });
    });

  program
    .command('balance')
    .description("read a wallet's balance, now or as of a time")
    .argument('<walletId>')
    .option('--at <time>', 'RFC 3339; now if it is not given')
    .addHelpText('after', examples('wallet balance wallet-001 --at 2026-11-01T00:00:00Z'))
    .action(async (walletId: string, { at }: { at?: string }, command: Command) => {
      const { client, output } = contextOf(command);
      const found =
        at === undefined
          ? valueOf(await client.getWallet({ walletId, consistency: 'strong' }))
          : valueOf(await client.getBalanceAt({ walletId, at }));
      output.result(found, () => `${found.balance} ${found.currency}`);
    });
}

type Entry = components['schemas']['LedgerEntry'];

function tableOfEntries(entries: readonly Entry[]): string {
  const rows = entries.map((entry) => [
    String(entry.position),
    entry.occurredAt,
    entry.direction === 'debit' ? entry.amount : '',
    entry.direction === 'credit' ? entry.amount : '',
    entry.balanceAfter,
    entry.counterAccount,
    entry.description,
    entry.movementId,
  ]);
  const head = ['position', 'time', 'debit', 'credit', 'balance', 'other side', 'description', 'movement'];
  return table(
    head,
    rows,
    'No entry. A wallet has none until money moves, or until the ledger has caught up.',
  );
}

interface LedgerOptions extends PageOptions {
  readonly oldestFirst?: true;
  readonly from?: string;
  readonly to?: string;
}
