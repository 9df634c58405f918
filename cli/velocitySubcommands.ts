// velocity show, set, clear.
import { type Command, InvalidArgumentError } from 'commander';
import type { components } from '../src/client/index.ts';
import { table } from './output.ts';
import { ruleMembers } from './ruleMembers.ts';
import { addRuleCommands } from './ruleSubcommands.ts';

type GivenRule = components['schemas']['GivenVelocityRule'];
type Shown = Pick<components['schemas']['Velocity'], 'rules' | 'currency'>;

export function addVelocityCommands(program: Command): void {
  addRuleCommands<GivenRule, Shown>({
    group: program.command('velocity').description('say how much may leave or reach a wallet in a time'),
    descriptions: {
      show: 'read the rules with what is used now',
      set: 'replace all rules of a wallet; one that keeps its name, window and direction keeps its use',
      clear: 'remove all rules of a wallet',
    },
    members: 'name=…,window=transaction|day|month|lifetime,direction=out|in and amount=…, count=… or both',
    example: 'name=daily-spend,window=day,direction=out,amount=200.00,count=10',
    parse: parseRule,
    read: (client, walletId) => client.getVelocity({ walletId }),
    change: (client, changed, options) => client.changeVelocity(changed, options),
    tableOf: tableOfRules,
  });
}

const memberNames = ['name', 'window', 'direction', 'amount', 'count'] as const;

function parseRule(text: string): GivenRule {
  const { name, window, direction, amount, count } = ruleMembers(text, memberNames);
  if (name === undefined || window === undefined || direction === undefined)
    throw new InvalidArgumentError('It must have a name, a window and a direction.');
  const rule = {
    ...{ name, window, direction },
    ...(amount !== undefined && { maxAmount: amount }),
    ...(count !== undefined && { maxCount: wholeOf(count) }),
  };
  return rule as GivenRule;
}

function wholeOf(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new InvalidArgumentError('The count must be a whole number from 1.');
  return Number(text);
}

function tableOfRules({ rules, currency }: Shown): string {
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
