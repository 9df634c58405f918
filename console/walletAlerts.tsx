// The alert rules of a wallet. Its history tells which events crossed them.
import { amount } from './format.ts';
import { get } from './http.ts';
import { ListPanel } from './listPanel.tsx';
import { type Page, useList } from './listState.ts';
import type { Column } from './table.tsx';
import { pathOf } from './walletQueries.ts';

interface AlertRule {
  readonly name: string;
  readonly field: 'available' | 'balance';
  readonly op: 'below' | 'above';
  readonly amount: string;
}

interface AlertsProps {
  readonly walletId: string;
  /** A new version reads the rules again. */
  readonly version: unknown;
}

export function Alerts({ walletId, version }: AlertsProps) {
  const list = useList<AlertRule>({ read: () => readRules(walletId), keyOf: ({ name }) => name, version });
  return (
    <ListPanel
      title="Alert rules"
      source="from the event store, by name"
      list={list}
      columns={columns}
      noun="rule"
      empty={
        <>
          The wallet has no alert rule. Set some by{' '}
          <code>wallet alerts set {walletId} --rule name=low,field=available,op=below,amount=50.00</code>
        </>
      }
    />
  );
}

/** A wallet has a few rules, so they are one page. */
async function readRules(walletId: string): Promise<Page<AlertRule>> {
  const { body } = await get<{ alerts: AlertRule[] }>(`${pathOf(walletId)}/alerts`);
  return { rows: body.alerts, nextCursor: null };
}

const columns: [Column<AlertRule>, ...Column<AlertRule>[]] = [
  { title: 'Rule', cell: ({ name }) => name },
  {
    title: 'Alerts as soon as',
    cell: ({ field, op, amount: text }) => `${fields[field]} is ${op} ${amount(text)}`,
  },
];

const fields = { available: 'what is available', balance: 'the balance' } as const;
