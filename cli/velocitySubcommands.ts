// velocity show, set, clear.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import { callOptions, type ChangeOptions, changing, commandFacts, showChanged } from './changes.ts';
import { contextOf, examples } from './context.ts';
import { table } from './output.ts';
import { ruleMembers } from './ruleMembers.ts';

type GivenRule = components['schemas']['GivenVelocityRule'];
type RuleUse = components['schemas']['VelocityRuleUse'];

interface SetOptions extends ChangeOptions {
  readonly rule: readonly GivenRule[];
}

export function addVelocityCommands(program: Command): void {
  const velocity = program
    .command('velocity')
    .description('say how much may leave or reach a wallet in a time');

  velocity
    .command('show')
    .description('read the rules with what is used now')
    .argument('<walletId>')
    .addHelpText('after', examples('wallet velocity show wallet-001'))
    .action(async (walletId: string, _: object, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.getVelocity({ walletId }));
      output.result(found, () => tableOfRules(found.rules, found.currency));
    });

  changing(
    velocity
      .command('set')
      .description(
        'replace all rules of a wallet; one that keeps its name, window and direction keeps its use',
      )
      .argument('<walletId>')
      .addOption(
        new Option(
          '--rule <members>',
          'name=…,window=transaction|day|month|lifetime,direction=out|in and amount=…, count=… or both; once for each rule',
        )
          .argParser(collectRule)
          .makeOptionMandatory(),
      ),
  )
    .addHelpText(
      'after',
      examples(
        'wallet velocity set wallet-001 --rule name=daily-spend,window=day,direction=out,amount=200.00,count=10',
      ),
    )
    .action((walletId: string, options: SetOptions, command: Command) =>
      changeRules(walletId, options.rule, options, command),
    );

  changing(velocity.command('clear').description('remove all rules of a wallet').argument('<walletId>'))
    .addHelpText('after', examples('wallet velocity clear wallet-001'))
    .action((walletId: string, options: ChangeOptions, command: Command) =>
      changeRules(walletId, [], options, command),
    );
}

async function changeRules(
  walletId: string,
  rules: readonly GivenRule[],
  options: ChangeOptions,
  command: Command,
): Promise<void> {
  const { client, output } = contextOf(command);
  const changed = await client.changeVelocity({ walletId, rules: [...rules] }, callOptions(options));
  const wallet = { ...valueOf(changed), ...commandFacts(changed) };
  output.result(wallet, () =>
    [tableOfRules(wallet.rules, wallet.currency), '', showChanged(wallet)].join('\n'),
  );
}

const memberNames = ['name', 'window', 'direction', 'amount', 'count'] as const;

function collectRule(text: string, before: readonly GivenRule[] = []): readonly GivenRule[] {
  const { name, window, direction, amount, count } = ruleMembers(text, memberNames);
  if (name === undefined || window === undefined || direction === undefined)
    throw new InvalidArgumentError('It must have a name, a window and a direction.');
  const rule = {
    ...{ name, window, direction },
    ...(amount !== undefined && { maxAmount: amount }),
    ...(count !== undefined && { maxCount: wholeOf(count) }),
  };
  return [...before, rule as GivenRule];
}

function wholeOf(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new InvalidArgumentError('The count must be a whole number from 1.');
  return Number(text);
}

function tableOfRules(rules: readonly RuleUse[], currency: string): string {
  const rows = rules.map((rule) => {
    const { name, window, direction, usedAmount = '', usedCount = '', maxAmount, maxCount } = rule;
    return [
      ...[name, window, direction, usedAmount, maxAmount === undefined ? '' : `${maxAmount} ${currency}`],
      ...[String(usedCount), String(maxCount ?? ''), rule.resetsAt ?? ''],
    ];
  });
  const head = ['rule', 'window', 'direction', 'used', 'at most', 'movements', 'at most', 'resets'];
  return table(head, rows, 'No rule.');
}
