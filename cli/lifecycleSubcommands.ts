// freeze, unfreeze, close, limits, details, reverse.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { valueOf } from '../src/client/index.ts';
import {
  callOptions,
  type ChangeOptions,
  changing,
  commandFacts,
  described,
  type MoveOptions,
  moving,
  showChanged,
  showCommand,
  showWallet,
} from './changes.ts';
import { contextOf, examples } from './context.ts';
import { whole } from './lists.ts';

interface ReasonOptions extends ChangeOptions {
  readonly reason: string;
}

export function addLifecycleCommands(program: Command): void {
  addFreezing(program);
  addClosing(program);
  addLimits(program);
  addDetails(program);
  addReversing(program);
}

interface FreezeOptions extends ReasonOptions {
  readonly scope: 'debits' | 'credits' | 'all';
  readonly blockHolds?: true;
  readonly until?: string;
}

function addFreezing(program: Command): void {
  changing(
    program
      .command('freeze')
      .description('stop money from leaving or reaching a wallet')
      .argument('<walletId>')
      .addOption(
        new Option('--scope <scope>', 'what it stops').choices(['debits', 'credits', 'all']).default('all'),
      )
      .requiredOption('--reason <text>', 'why')
      .option('--block-holds', 'stop captures of open holds, too')
      .option('--until <time>', 'RFC 3339; it ends then by itself'),
  )
    .addHelpText(
      'after',
      examples("wallet freeze wallet-001 --scope debits --reason 'stolen card, case 4711'"),
    )
    .action(async (walletId: string, options: FreezeOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const { scope, reason, blockHolds, until } = options;
      const input = {
        ...{ walletId, scope, reason },
        ...(blockHolds && { holds: 'block' as const }),
        ...(until !== undefined && { until }),
      };
      const frozen = await client.freezeWallet(input, callOptions(options));
      const wallet = { ...valueOf(frozen), ...commandFacts(frozen) };
      output.result(wallet, () => showChanged(wallet));
    });

  changing(
    program
      .command('unfreeze')
      .description('end a freeze')
      .argument('<walletId>')
      .requiredOption('--reason <text>', 'why'),
  )
    .addHelpText('after', examples("wallet unfreeze wallet-001 --reason 'card replaced'"))
    .action(async (walletId: string, options: ReasonOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const thawed = await client.unfreezeWallet({ walletId, reason: options.reason }, callOptions(options));
      const wallet = { ...valueOf(thawed), ...commandFacts(thawed) };
      output.result(wallet, () => showChanged(wallet));
    });
}

function addClosing(program: Command): void {
  changing(
    program
      .command('close')
      .description('close a wallet for ever')
      .argument('<walletId>')
      .requiredOption('--reason <text>', 'why')
      .option('--sweep-to <walletId>', 'the wallet that gets the rest'),
  )
    .addHelpText(
      'after',
      examples("wallet close wallet-001 --sweep-to wallet-002 --reason 'asked by its owner'"),
    )
    .action(
      async (walletId: string, options: ReasonOptions & { readonly sweepTo?: string }, command: Command) => {
        const { client, output } = contextOf(command);
        const sweep = options.sweepTo === undefined ? {} : { sweepToWalletId: options.sweepTo };
        const input = { walletId, reason: options.reason, ...sweep };
        const closed = await client.closeWallet(input, callOptions(options));
        const changed = { ...valueOf(closed), ...commandFacts(closed) };
        const wallets = [changed.wallet, ...(changed.toWallet === undefined ? [] : [changed.toWallet])];
        output.result(changed, () => [...wallets.map(showWallet), showCommand(changed)].join('\n'));
      },
    );
}

interface LimitOptions extends ChangeOptions {
  readonly minimum?: string;
  readonly maximum?: string;
}

function addLimits(program: Command): void {
  changing(
    program
      .command('limits')
      .description('set the least and the most that a balance may be; a limit that is left out is removed')
      .argument('<walletId>')
      .option('--minimum <amount>', 'negative is a credit line, positive is a reserve')
      .option('--maximum <amount>', 'most that the balance may be'),
  )
    .addHelpText('after', examples('wallet limits wallet-001 --minimum=-500.00 --maximum 10000.00'))
    .action(async (walletId: string, options: LimitOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const input = {
        walletId,
        ...(options.minimum !== undefined && { minimumBalance: options.minimum }),
        ...(options.maximum !== undefined && { maximumBalance: options.maximum }),
      };
      const limited = await client.changeLimits(input, callOptions(options));
      const wallet = { ...valueOf(limited), ...commandFacts(limited) };
      output.result(wallet, () => showChanged(wallet));
    });
}

interface DetailOptions extends ChangeOptions {
  readonly set?: readonly (readonly [string, string])[];
  readonly unset?: readonly string[];
  readonly label?: readonly string[];
}

function addDetails(program: Command): void {
  changing(
    program
      .command('details')
      .description('change metadata and labels of a wallet')
      .argument('<walletId>')
      .addOption(new Option('--set <key=value...>', 'metadata to keep').argParser(collectPair))
      .option('--unset <key...>', 'metadata to remove')
      .option('--label <label...>', 'all labels'),
  )
    .addHelpText('after', examples('wallet details wallet-001 --set customer=c-17 --unset trial --label vip'))
    .action(async (walletId: string, options: DetailOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const removed = (options.unset ?? []).map((key) => [key, null] as const);
      const patch = [...(options.set ?? []), ...removed];
      const input = {
        walletId,
        ...(patch.length > 0 && { metadata: Object.fromEntries(patch) }),
        ...(options.label !== undefined && { labels: [...options.label] }),
      };
      const detailed = await client.changeDetails(input, callOptions(options));
      const wallet = { ...valueOf(detailed), ...commandFacts(detailed) };
      output.result(wallet, () => {
        const metadata = Object.entries(wallet.metadata).map(([key, value]) => `${key}=${value}`);
        return [
          showWallet(wallet),
          `metadata   ${metadata.join(', ')}`,
          `labels     ${wallet.labels.join(', ')}`,
          showCommand(wallet),
        ].join('\n');
      });
    });
}

function collectPair(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a key, an equals sign and a value.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

interface ReverseOptions extends MoveOptions {
  readonly amount?: string;
  readonly reason: 'mistake' | 'refund' | 'fraud' | 'duplicate' | 'other';
}

function addReversing(program: Command): void {
  moving(
    program
      .command('reverse')
      .description('give money of a movement back, in whole or in part')
      .argument('<walletId>')
      .argument('<version>', 'of the event, as the history shows it', whole)
      .option('--amount <amount>', 'all that is left if none is given')
      .addOption(
        new Option('--reason <reason>', 'why')
          .choices(['mistake', 'refund', 'fraud', 'duplicate', 'other'])
          .default('refund'),
      ),
  )
    .addHelpText('after', examples('wallet reverse wallet-001 3 --amount 5.50'))
    .action(async (walletId: string, version: number, options: ReverseOptions, command: Command) => {
      const { client, output } = contextOf(command);
      const input = {
        ...{ walletId, version, reason: options.reason, ...described(options) },
        ...(options.amount !== undefined && { amount: options.amount }),
      };
      const reversed = await client.reverseMovement(input, callOptions(options));
      const changed = { ...valueOf(reversed), ...commandFacts(reversed) };
      const wallets = [changed.wallet, ...(changed.otherWallet === undefined ? [] : [changed.otherWallet])];
      output.result(changed, () => {
        const { amount, remaining } = changed.reversal;
        const went = `${amount} went back, and ${remaining} are left to reverse`;
        return [went, ...wallets.map(showWallet), showCommand(changed)].join('\n');
      });
    });
}
