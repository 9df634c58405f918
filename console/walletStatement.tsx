// A wallet's statement from the ledger, page by page.
import { amount, count, time } from './format.ts';
import { ListPanel } from './listPanel.tsx';
import { type Page, useList } from './listState.ts';
import { hrefOf } from './route.ts';
import type { Column } from './table.tsx';
import { type Entry, readEntries } from './walletQueries.ts';

export function Statement({ walletId, first }: { readonly walletId: string; readonly first: Page<Entry> }) {
  const list = useList<Entry>({
    first,
    read: (cursor) => readEntries(walletId, cursor),
    keyOf: ({ position }) => position,
    version: first,
  });
  return (
    <ListPanel
      title="Statement"
      source="from the ledger, newest first"
      list={list}
      columns={statementColumns}
      noun="entry"
      empty={
        <>
          The ledger has no entry of this wallet. A wallet without money has none until its first credit:{' '}
          <code>wallet credit {walletId} 1.00</code>
        </>
      }
    />
  );
}

/** The two columns of an amount, one of which stays empty. */
export const sideColumns: readonly Column<Pick<Entry, 'direction' | 'amount'>>[] = [
  {
    title: 'Debit',
    kind: 'number',
    cell: (entry) => (entry.direction === 'debit' ? amount(entry.amount) : ''),
  },
  {
    title: 'Credit',
    kind: 'number',
    cell: (entry) => (entry.direction === 'credit' ? amount(entry.amount) : ''),
  },
];

const statementColumns: [Column<Entry>, ...Column<Entry>[]] = [
  {
    title: 'Event',
    kind: 'number',
    cell: ({ position, movementId }) => (
      <a href={hrefOf('movement', movementId)} title={`Movement ${movementId}`}>
        {count(position)}
      </a>
    ),
  },
  { title: 'When', cell: ({ occurredAt }) => time(occurredAt) },
  { title: 'Against', cell: ({ counterAccount }) => counterAccount },
  { title: 'Description', cell: ({ description }) => description },
  ...sideColumns,
  { title: 'Balance', kind: 'number', cell: ({ balanceAfter }) => amount(balanceAfter) },
];
