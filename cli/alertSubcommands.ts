// alerts show, set, clear.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type components, valueOf } from '../src/client/index.ts';
import { callOptions, type ChangeOptions, changing, commandFacts, showChanged } from './changes.ts';
import { contextOf, examples } from './context.ts';
import { table } from './output.ts';
import { ruleMembers } from './ruleMembers.ts';

type GivenRule = components['schemas']['GivenAlertRule'];
type AlertRule = components['schemas']['AlertRule'];

interface SetOptions extends ChangeOptions {
  readonly rule: readonly GivenRule[];
}

export function addAlertCommands(program: Command): void {
  const alerts = program.command('alerts').description('say when a wallet alerts');

  alerts
    .command('show')
    .description('read the alert rules of a wallet')
    .argument('<walletId>')
    .addHelpText('after', examples('wallet alerts show wallet-001'))
    .action(async (walletId: string, _: object, command: Command) => {
      const { client, output } = contextOf(command);
      const found = valueOf(await client.getAlerts({ walletId }));
      output.result(found, () => tableOfRules(found.alerts, found.currency));
    });

  changing(
    alerts
      .command('set')
      .description('replace all alert rules of a wallet')
      .argument('<walletId>')
      .addOption(
        new Option(
          '--rule <members>',
          'name=…,field=available|balance,op=below|above,amount=…; once for each rule',
        )
          .argParser(collectRule)
          .makeOptionMandatory(),
      ),
  )
    .addHelpText(
      'after',
      examples('wallet alerts set wallet-001 --rule name=low,field=available,op=below,amount=50.00'),
    )
    .action((walletId: string, options: SetOptions, command: Command) =>
      changeRules(walletId, options.rule, options, command),
    );

  changing(alerts.command('clear').description('remove all alert rules of a wallet').argument('<walletId>'))
    .addHelpText('after', examples('wallet alerts clear wallet-001'))
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
  const changed = await client.changeAlerts({ walletId, alerts: [...rules] }, callOptions(options));
  const wallet = { ...valueOf(changed), ...commandFacts(changed) };
  output.result(wallet, () =>
    [tableOfRules(wallet.alerts, wallet.currency), '', showChanged(wallet)].join('\n'),
  );
}

function collectRule(text: string, before: readonly GivenRule[] = []): readonly GivenRule[] {
  const { name, field, op, amount } = ruleMembers(text, ['name', 'field', 'op', 'amount']);
  if (name === undefined || field === undefined || op === undefined || amount === undefined)
    throw new InvalidArgumentError('It must have a name, a field, an op and an amount.');
  return [...before, { name, field, op, amount } as GivenRule];
}

function tableOfRules(rules: readonly AlertRule[], currency: string): string {
  const rows = rules.map(({ name, field, op, amount }) => [name, `${field} ${op}`, `${amount} ${currency}`]);
  return table(['rule', 'when', 'amount'], rows, 'No rule.');
}
