// The velocity rules of a wallet, with what is used of each now.
import { amount, counted, time } from './format.ts';
import { get } from './http.ts';
import { ListPanel } from './listPanel.tsx';
import { type Page, useList } from './listState.ts';
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

interface VelocityProps {
  readonly walletId: string;
  /** A new version reads the rules again. */
  readonly version: unknown;
}

export function Velocity({ walletId, version }: VelocityProps) {
  const list = useList<RuleUse>({ read: () => readRules(walletId), keyOf: ({ name }) => name, version });
  return (
    <ListPanel
      title="Velocity rules"
      source="from the event store, by name"
      list={list}
      columns={columns}
      noun="rule"
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

/** A wallet has a few rules, so they are one page. */
async function readRules(walletId: string): Promise<Page<RuleUse>> {
  const { body } = await get<{ rules: RuleUse[] }>(`${pathOf(walletId)}/velocity`);
  return { rows: body.rules, nextCursor: null };
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
