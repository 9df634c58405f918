// show, set, clear: the same three commands for every kind of rule that a wallet has.
import { type Command, Option } from 'commander';
import { type CallOptions, type Result, valueOf, type WalletClient } from '../src/client/index.ts';
import {
  callOptions,
  type ChangeOptions,
  changing,
  commandFacts,
  showChanged,
  type Wallet,
} from './changes.ts';
import { contextOf, examples } from './context.ts';

interface RuleKind<Rule, Shown> {
  /** The group that gets the commands. */
  readonly group: Command;
  readonly descriptions: { readonly show: string; readonly set: string; readonly clear: string };
  /** The members of a rule, as `--help` names them. */
  readonly members: string;
  /** A rule for the example of `set`. */
  readonly example: string;
  readonly parse: (text: string) => Rule;
  readonly read: (client: WalletClient, walletId: string) => Promise<Result<Shown>>;
  readonly change: (
    client: WalletClient,
    change: { readonly walletId: string; readonly rules: Rule[] },
    options: CallOptions,
  ) => Promise<Result<Wallet & Shown>>;
  readonly tableOf: (shown: Shown) => string;
}

interface SetOptions<Rule> extends ChangeOptions {
  readonly rule: readonly Rule[];
}

export function addRuleCommands<Rule, Shown>(kind: RuleKind<Rule, Shown>): void {
  const { group, descriptions } = kind;
  const name = group.name();

  group
    .command('show')
    .description(descriptions.show)
    .argument('<walletId>')
    .addHelpText('after', examples(`wallet ${name} show wallet-001`))
    .action(async (walletId: string, _: object, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await kind.read(client, walletId));
      output.result(found, () => kind.tableOf(found));
    });

  const rule = new Option('--rule <members>', `${kind.members}; once for each rule`)
    .argParser<readonly Rule[] | undefined>((text, before) => [...(before ?? []), kind.parse(text)])
    .makeOptionMandatory();
  changing(group.command('set').description(descriptions.set).argument('<walletId>').addOption(rule))
    .addHelpText('after', examples(`wallet ${name} set wallet-001 --rule ${kind.example}`))
    .action((walletId: string, options: SetOptions<Rule>, command: Command) =>
      changeRules(kind, { walletId, rules: [...options.rule] }, options, command),
    );

  changing(group.command('clear').description(descriptions.clear).argument('<walletId>'))
    .addHelpText('after', examples(`wallet ${name} clear wallet-001`))
    .action((walletId: string, options: ChangeOptions, command: Command) =>
      changeRules(kind, { walletId, rules: [] }, options, command),
    );
}

async function changeRules<Rule, Shown>(
  { change, tableOf }: RuleKind<Rule, Shown>,
  changed: { readonly walletId: string; readonly rules: Rule[] },
  options: ChangeOptions,
  command: Command,
): Promise<void> {
  const { client, output } = contextOf(command);
  const result = await change(client, changed, callOptions(options));
  const wallet = { ...valueOf(result), ...commandFacts(result) };
  output.result(wallet, () => [tableOf(wallet), '', showChanged(wallet)].join('\n'));
}
