// holds place, list, show, capture, adjust, void.
import { type Command, Option } from 'commander';
import { type components, type Result, valueOf } from '../src/client/index.ts';
import {
  callOptions,
  type ChangeOptions,
  changing,
  commandFacts,
  described,
  type MoveOptions,
  moving,
  showCommand,
  showWallet,
} from './changes.ts';
import { type Context, contextOf, examples } from './context.ts';
import { paged, type PageOptions, showList, whole } from './lists.ts';
import { facts, table } from './output.ts';

type Hold = components['schemas']['Hold'];
type ChangedHold = components['schemas']['ChangedHold'] | components['schemas']['Captured'];

interface ExpiryOptions {
  readonly expiresAt?: string;
  readonly expiresIn?: number;
}

export function addHoldCommands(program: Command): void {
  const holds = program
    .command('holds')
    .description('set money of a wallet aside, and take it or give it back');
  addPlacing(holds);
  addEnding(holds);
  addReads(holds);
}

function addPlacing(holds: Command): void {
  expiring(
    moving(
      holds
        .command('place')
        .description('hold a part of the balance')
        .argument('<walletId>')
        .argument('<amount>'),
    ),
  )
    .option('--id <holdId>', 'its id; a new one is made if none is given')
    .option('--to <walletId>', 'the wallet that a capture pays')
    .addHelpText('after', examples('wallet holds place wallet-001 30.00 --id hold-1 --expires-in 3600'))
    .action(async (walletId: string, amount: string, options: PlaceOptions, command: Command) => {
      const context = contextOf(command);
      const input = {
        ...{ walletId, amount, ...described(options), ...expiryOf(options) },
        ...(options.id !== undefined && { holdId: options.id }),
        ...(options.to !== undefined && { toWalletId: options.to }),
      };
      showHoldChange(context, await context.client.placeHold(input, callOptions(options)));
    });

  expiring(
    changing(
      holds
        .command('adjust')
        .description('change the amount or the end of a hold')
        .argument('<walletId>')
        .argument('<holdId>')
        .option('--amount <amount>', 'the new whole amount'),
    ),
  )
    .addHelpText('after', examples('wallet holds adjust wallet-001 hold-1 --amount 40.00'))
    .action(async (walletId: string, holdId: string, options: AdjustOptions, command: Command) => {
      const context = contextOf(command);
      const amount = options.amount === undefined ? {} : { amount: options.amount };
      const input = { walletId, holdId, ...amount, ...expiryOf(options) };
      showHoldChange(context, await context.client.adjustHold(input, callOptions(options)));
    });
}

interface PlaceOptions extends MoveOptions, ExpiryOptions {
  readonly id?: string;
  readonly to?: string;
}

interface AdjustOptions extends ChangeOptions, ExpiryOptions {
  readonly amount?: string;
}

function addEnding(holds: Command): void {
  moving(
    holds
      .command('capture')
      .description('take held money; the rest is released')
      .argument('<walletId>')
      .argument('<holdId>')
      .argument('[amount]', 'all that remains if none is given')
      .option('--keep-open', 'keep the rest held for a later capture')
      .option('--overcapture', 'allow more than remains, if the wallet has it available'),
  )
    .addHelpText('after', examples('wallet holds capture wallet-001 hold-1 25.00 --keep-open'))
    .action(
      async (
        walletId: string,
        holdId: string,
        amount: string | undefined,
        options: CaptureOptions,
        command: Command,
      ) => {
        const context = contextOf(command);
        const input = {
          ...{ walletId, holdId, ...described(options), ...(amount !== undefined && { amount }) },
          ...(options.keepOpen && { final: false }),
          ...(options.overcapture && { overcapture: true }),
        };
        showHoldChange(context, await context.client.captureHold(input, callOptions(options)));
      },
    );

  changing(
    holds
      .command('void')
      .description('give back all that remains of a hold')
      .argument('<walletId>')
      .argument('<holdId>')
      .option('--reason <text>', 'why'),
  )
    .addHelpText('after', examples("wallet holds void wallet-001 hold-1 --reason 'order cancelled'"))
    .action(async (walletId: string, holdId: string, options: VoidOptions, command: Command) => {
      const context = contextOf(command);
      const reason = options.reason === undefined ? {} : { reason: options.reason };
      showHoldChange(
        context,
        await context.client.voidHold({ walletId, holdId, ...reason }, callOptions(options)),
      );
    });
}

interface CaptureOptions extends MoveOptions {
  readonly keepOpen?: true;
  readonly overcapture?: true;
}

interface VoidOptions extends ChangeOptions {
  readonly reason?: string;
}

function addReads(holds: Command): void {
  paged(
    holds.command('list').description('list the holds of a wallet, the newest first').argument('<walletId>'),
  )
    .addOption(
      new Option('--status <status>', 'only these').choices([
        'open',
        'captured',
        'voided',
        'expired',
        'closed',
      ]),
    )
    .addHelpText('after', examples('wallet holds list wallet-001 --status open'))
    .action(
      async (
        walletId: string,
        options: PageOptions & { readonly status?: Hold['status'] },
        command: Command,
      ) => {
        const context = contextOf(command);
        const status = options.status === undefined ? {} : { status: options.status };
        await showList(context, options, {
          ...{ member: 'holds', noun: 'holds' },
          ask: (page) => context.client.listHolds({ walletId, ...status, ...page }),
          show: tableOfHolds,
        });
      },
    );

  holds
    .command('show')
    .description('read a hold with its captures')
    .argument('<walletId>')
    .argument('<holdId>')
    .addHelpText('after', examples('wallet holds show wallet-001 hold-1'))
    .action(async (walletId: string, holdId: string, _: object, command: Command) => {
      const { client, output } = contextOf(command);
      const hold = valueOf(await client.getHold({ walletId, holdId }));
      const captures = hold.captures.map(({ captureId, amount, movementId, capturedAt }) => [
        ...[captureId, amount, movementId, capturedAt],
      ]);
      output.result(hold, () =>
        [
          ...[showHold(hold), ''],
          table(['capture', 'amount', 'movement', 'time'], captures, 'Nothing was captured.'),
        ].join('\n'),
      );
    });
}

function expiring(command: Command): Command {
  return command
    .option('--expires-in <seconds>', 'seconds from now', whole)
    .addOption(new Option('--expires-at <time>', 'RFC 3339').conflicts('expiresIn'));
}

function expiryOf({ expiresAt, expiresIn }: ExpiryOptions) {
  return {
    ...(expiresAt !== undefined && { expiresAt }),
    ...(expiresIn !== undefined && { expiresInSeconds: expiresIn }),
  };
}

function showHoldChange({ output }: Context, result: Result<ChangedHold>): void {
  const changed = { ...valueOf(result), ...commandFacts(result) };
  output.result(changed, () =>
    [showHold(changed.hold), '', showWallet(changed.wallet), showCommand(changed)].join('\n'),
  );
}

const showHold = (hold: Hold) =>
  facts([
    ['hold', hold.holdId],
    ['status', hold.status],
    ['amount', `${hold.amount} ${hold.currency}`],
    ['captured', hold.captured],
    ['released', hold.released],
    ['remaining', hold.remaining],
    ['expires', hold.expiresAt],
    ['pays', hold.toWalletId ?? undefined],
    ['description', hold.description],
  ]);

function tableOfHolds(holds: readonly Hold[]): string {
  const rows = holds.map(
    ({ holdId, status, amount, captured, remaining, currency, expiresAt, description }) => [
      ...[holdId, status, amount, captured, remaining, currency, expiresAt, description],
    ],
  );
  const head = ['hold', 'status', 'amount', 'captured', 'remaining', 'currency', 'expires', 'description'];
  return table(head, rows, 'No hold.');
}
