// The velocity rules of a wallet, with what is used of each now.
import { amount, counted, time } from './format.ts';
import { get } from './http.ts';
import { type RulesOfWallet, RulesPanel } from './rulesPanel.tsx';
import type { Column } from './table.tsx';
import { pathOf } from './walletQueries.ts';

interface RuleUse {
  readonly name: string;
  readonly window: 'transaction' | 'day' | 'month' | 'lifetime';
  readonly direction: 'out' | 'in';
  readonly maxAmount?: string;
  readonly maxCount?: number;
  /** Absent for a rule of one movement. */
  readonly usedAmount?: string;
  readonly usedCount?: number;
  /** Absent if the rule never resets. */
  readonly resetsAt?: string;
}

export function Velocity({ walletId, version }: RulesOfWallet) {
  return (
    <RulesPanel
      title="Velocity rules"
      read={() => readRules(walletId)}
      version={version}
      columns={columns}
      empty={
        <>
          The wallet has no velocity rule. Set some by{' '}
          <code>
            wallet velocity set {walletId} --rule name=daily,window=day,direction=out,amount=200.00,count=10
          </code>
        </>
      }
    />
  );
}

async function readRules(walletId: string): Promise<readonly RuleUse[]> {
  const { body } = await get<{ rules: RuleUse[] }>(`${pathOf(walletId)}/velocity`);
  return body.rules;
}

const columns: [Column<RuleUse>, ...Column<RuleUse>[]] = [
  { title: 'Rule', cell: ({ name }) => name },
  { title: 'Counts', cell: ({ direction, window }) => `${ways[direction]}, ${windows[window]}` },
  { title: 'Used', cell: usedInWords },
  { title: 'At most', cell: mostInWords },
  { title: 'Resets', cell: resetInWords },
];

const ways = { out: 'what leaves the wallet', in: 'what reaches the wallet' } as const;
const windows = {
  transaction: 'each movement alone',
  day: 'a day',
  month: 'a month',
  lifetime: 'in its lifetime',
} as const;

function mostInWords({ maxAmount, maxCount }: RuleUse): string {
  const most = maxAmount === undefined ? [] : [amount(maxAmount)];
  return [...most, ...(maxCount === undefined ? [] : [counted(maxCount, 'movement')])].join(' and ');
}

/** Both numbers, also that of which the rule has no most. */
function usedInWords({ usedAmount, usedCount = 0 }: RuleUse): string {
  return usedAmount === undefined ? '–' : `${amount(usedAmount)} in ${counted(usedCount, 'movement')}`;
}

function resetInWords({ window, resetsAt }: RuleUse): string {
  if (resetsAt !== undefined) return time(resetsAt);
  return window === 'transaction' ? 'with each movement' : 'never';
}
