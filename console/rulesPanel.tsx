// A panel with all rules of one kind that a wallet has.
import type { ComponentChildren } from 'preact';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import type { Column } from './table.tsx';

export interface RulesOfWallet {
  readonly walletId: string;
  /** A new version reads the rules again. */
  readonly version: unknown;
}

interface RulesPanelProps<Rule> extends Pick<RulesOfWallet, 'version'> {
  readonly title: string;
  readonly read: () => Promise<readonly Rule[]>;
  readonly columns: readonly [Column<Rule>, ...Column<Rule>[]];
  /** Says that there is no rule, and how to set one. */
  readonly empty: ComponentChildren;
}

export function RulesPanel<Rule extends { readonly name: string }>(props: RulesPanelProps<Rule>) {
  const { title, read, columns, empty, version } = props;
  const list = useList<Rule>({
    // A wallet has a few rules, so they are one page.
    read: async () => ({ rows: await read(), nextCursor: null }),
    keyOf: ({ name }) => name,
    version,
  });
  return (
    <ListPanel
      title={title}
      source="from the event store, by name"
      list={list}
      columns={columns}
      noun="rule"
      empty={empty}
    />
  );
}
