// A wallet's history from the event store and its statement from the ledger, page by page.
import { ActionButton } from './actionButton.tsx';
import { amount, count, time } from './format.ts';
import { List } from './list.tsx';
import { voidHold } from './paymentActions.ts';
import { type Page, useList } from './listState.ts';
import { hrefOf } from './route.ts';
import type { Column } from './table.tsx';
import {
  type Entry,
  type Hold,
  readEntries,
  readEvents,
  readHolds,
  type WalletEvent,
} from './walletQueries.ts';

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

function aboutEvent(event: WalletEvent) {
  const { type, description = '', toWalletId, fromWalletId, ownerId, reason = '', holdId, freeze } = event;
  if (type === 'Unreadable') return <b>This event can’t be read: {reason}</b>;
  const words = [freeze && `${freeze.scope}: ${freeze.reason}`, reason, description]
    .filter(Boolean)
    .join(': ');
  const other = toWalletId ?? fromWalletId ?? undefined;
  return (
    <>
      {ownerId !== undefined && <>for {ownerId}</>}
      {holdId !== undefined && <>hold {holdId} </>}
      {other !== undefined && (
        <>
          {fromWalletId === undefined ? 'to ' : 'from '}
          <a href={hrefOf('wallets', other)}>{other}</a>
          {words !== '' && ': '}
        </>
      )}
      {words}
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

export function Holds({ walletId, version }: { readonly walletId: string; readonly version: number }) {
  const list = useList<Hold>({
    read: (cursor) => readHolds(walletId, cursor),
    keyOf: ({ holdId }) => holdId,
    version,
  });
  return (
    <section class="panel" aria-labelledby="holds-title">
      <header>
        <h2 id="holds-title">Holds</h2>
        <p class="aside">from the event store, newest first</p>
      </header>
      <List
        list={list}
        columns={holdColumns}
        noun="hold"
        empty={
          <>
            The wallet had no hold. Place one: <code>wallet holds place {walletId} 1.00</code>
          </>
        }
      />
    </section>
  );
}

const holdColumns: [Column<Hold>, ...Column<Hold>[]] = [
  { title: 'Hold', cell: ({ holdId }) => holdId },
  { title: 'Status', cell: ({ status }) => status },
  { title: 'Amount', kind: 'number', cell: (hold) => amount(hold.amount) },
  { title: 'Captured', kind: 'number', cell: ({ captured }) => amount(captured) },
  { title: 'Remaining', kind: 'number', cell: ({ remaining }) => amount(remaining) },
  { title: 'Ends', cell: ({ expiresAt }) => time(expiresAt) },
  {
    title: 'Pays',
    cell: ({ toWalletId }) =>
      toWalletId === null ? 'out' : <a href={hrefOf('wallets', toWalletId)}>{toWalletId}</a>,
  },
  { title: 'Description', cell: ({ description }) => description },
  {
    title: 'Action',
    cell: (hold) => (hold.status === 'open' ? <ActionButton action={voidHold(hold)} of={hold.holdId} /> : ''),
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
