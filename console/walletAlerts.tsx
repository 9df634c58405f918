// The alert rules of a wallet. Its history tells which events crossed them.
import { amount } from './format.ts';
import { get } from './http.ts';
import { type RulesOfWallet, RulesPanel } from './rulesPanel.tsx';
import type { Column } from './table.tsx';
import { pathOf } from './walletQueries.ts';

interface AlertRule {
  readonly name: string;
  readonly field: 'available' | 'balance';
  readonly op: 'below' | 'above';
  readonly amount: string;
}

export function Alerts({ walletId, version }: RulesOfWallet) {
  return (
    <RulesPanel
      title="Alert rules"
      read={() => readRules(walletId)}
      version={version}
      columns={columns}
      empty={
        <>
          The wallet has no alert rule. Set some by{' '}
          <code>wallet alerts set {walletId} --rule name=low,field=available,op=below,amount=50.00</code>
        </>
      }
    />
  );
}

async function readRules(walletId: string): Promise<readonly AlertRule[]> {
  const { body } = await get<{ alerts: AlertRule[] }>(`${pathOf(walletId)}/alerts`);
  return body.alerts;
}

const columns: [Column<AlertRule>, ...Column<AlertRule>[]] = [
  { title: 'Rule', cell: ({ name }) => name },
  {
    title: 'Alerts as soon as',
    cell: ({ field, op, amount: text }) => `${fields[field]} is ${op} ${amount(text)}`,
  },
];

const fields = { available: 'what is available', balance: 'the balance' } as const;
