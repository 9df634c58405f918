// A wallet's history from the event store and its statement from the ledger, page by page.
import { amount, count, time } from './format.ts';
import { List } from './list.tsx';
import { type Page, useList } from './listState.ts';
import { hrefOf } from './route.ts';
import type { Column } from './table.tsx';
import { type Entry, readEntries, readEvents, type WalletEvent } from './walletQueries.ts';

export function History({ walletId, version }: { readonly walletId: string; readonly version: number }) {
  const list = useList<WalletEvent>({
    read: (cursor) => readEvents(walletId, cursor),
    keyOf: (event) => event.version,
    version,
  });
  return (
    <section class="panel" aria-labelledby="history-title">
      <header>
        <h2 id="history-title">History</h2>
        <p class="aside">from the event store, newest first</p>
      </header>
      <List
        list={list}
        columns={historyColumns}
        noun="event"
        total={{ count: version, isExact: true }}
        empty="No event is here, though the wallet exists. Start “Verify”."
      />
    </section>
  );
}

function aboutEvent({ description = '', toWalletId, fromWalletId, ownerId, reason }: WalletEvent) {
  if (reason !== undefined) return <b>This event can’t be read: {reason}</b>;
  const other = toWalletId ?? fromWalletId;
  return (
    <>
      {ownerId !== undefined && <>for {ownerId}</>}
      {other !== undefined && (
        <>
          {toWalletId === undefined ? 'from ' : 'to '}
          <a href={hrefOf('wallets', other)}>{other}</a>
          {description !== '' && ': '}
        </>
      )}
      {description}
    </>
  );
}

const historyColumns: [Column<WalletEvent>, ...Column<WalletEvent>[]] = [
  { title: 'Version', kind: 'number', cell: ({ version }) => count(version) },
  {
    title: 'Event',
    cell: ({ type, recordedType = type, movementId }) => (
      <a href={hrefOf('movement', movementId)} title={`Movement ${movementId}`}>
        {recordedType}
      </a>
    ),
  },
  { title: 'When', cell: ({ occurredAt }) => time(occurredAt) },
  { title: 'What', cell: aboutEvent },
  {
    title: 'Amount',
    kind: 'number',
    cell: (event) => (event.amount === undefined ? '–' : amount(event.amount)),
  },
  {
    title: 'Balance',
    kind: 'number',
    cell: ({ balance }) => (balance === undefined ? '–' : amount(balance)),
  },
];

export function Statement({ walletId, first }: { readonly walletId: string; readonly first: Page<Entry> }) {
  const list = useList<Entry>({
    first,
    read: (cursor) => readEntries(walletId, cursor),
    keyOf: ({ position }) => position,
    version: first,
  });
  return (
    <section class="panel" aria-labelledby="statement-title">
      <header>
        <h2 id="statement-title">Statement</h2>
        <p class="aside">from the ledger, newest first</p>
      </header>
      <List
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
    </section>
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
