// alerts show, set, clear.
import { type Command, InvalidArgumentError } from 'commander';
import type { components } from '../src/client/index.ts';
import { table } from './output.ts';
import { ruleMembers } from './ruleMembers.ts';
import { addRuleCommands } from './ruleSubcommands.ts';

type GivenRule = components['schemas']['GivenAlertRule'];
type Shown = Pick<components['schemas']['Alerts'], 'alerts' | 'currency'>;

export function addAlertCommands(program: Command): void {
  addRuleCommands<GivenRule, Shown>({
    group: program.command('alerts').description('say when a wallet alerts'),
    descriptions: {
      show: 'read the alert rules of a wallet',
      set: 'replace all alert rules of a wallet',
      clear: 'remove all alert rules of a wallet',
    },
    members: 'name=…,field=available|balance,op=below|above,amount=…',
    example: 'name=low,field=available,op=below,amount=50.00',
    parse: parseRule,
    read: (client, walletId) => client.getAlerts({ walletId }),
    change: (client, { walletId, rules }, options) =>
      client.changeAlerts({ walletId, alerts: rules }, options),
    tableOf: tableOfRules,
  });
}

function parseRule(text: string): GivenRule {
  const { name, field, op, amount } = ruleMembers(text, ['name', 'field', 'op', 'amount']);
  if (name === undefined || field === undefined || op === undefined || amount === undefined)
    throw new InvalidArgumentError('It must have a name, a field, an op and an amount.');
  return { name, field, op, amount } as GivenRule;
}

function tableOfRules({ alerts, currency }: Shown): string {
  const rows = alerts.map(({ name, field, op, amount }) => [
    ...[name, `${field} ${op}`, `${amount} ${currency}`],
  ]);
  return table(['rule', 'when', 'amount'], rows, 'No rule.');
}
