// A wallet's history from the event store and its statement from the ledger, page by page.
import { useEffect, useState } from 'preact/hooks';
import { amount, count, time } from './format.ts';
import { hrefOf } from './route.ts';
import { type Column, Table } from './table.tsx';
import { type Entry, type Page, readEntries, readEvents, type WalletEvent } from './walletQueries.ts';

interface Pages<T> {
  readonly rows: readonly T[];
  readonly nextCursor: string | null;
  readonly failure: string | undefined;
  readonly more: () => void;
}

/**
 * The rows read so far. Without `first` the first page is read, too. A new `version` begins again with the
 * first page.
 */
function usePages<T>(
  first: Page<T> | undefined,
  read: (cursor: string | undefined) => Promise<Page<T>>,
  version: unknown,
): Pages<T> {
  const [page, setPage] = useState<Page<T>>(first ?? { rows: [], nextCursor: null });
  const [failure, setFailure] = useState<string>();
  const add = (cursor: string | undefined, before: readonly T[]) => {
    read(cursor).then(
      ({ rows, nextCursor }) => {
        setPage({ rows: [...before, ...rows], nextCursor });
      },
      (error: unknown) => {
        setFailure(error instanceof Error ? error.message : String(error));
      },
    );
  };
  useEffect(() => {
    if (first === undefined) add(undefined, []);
    else setPage(first);
  }, [version]);
  return {
    ...page,
    failure,
    more: () => {
      add(page.nextCursor ?? undefined, page.rows);
    },
  };
}

export function History({ walletId, version }: { readonly walletId: string; readonly version: number }) {
  const pages = usePages<WalletEvent>(undefined, (cursor) => readEvents(walletId, cursor), version);
  return (
    <section class="panel" aria-labelledby="history-title">
      <header>
        <h2 id="history-title">History</h2>
        <p class="aside">from the event store, newest first</p>
      </header>
      {pages.rows.length > 0 && (
        <Table columns={historyColumns} rows={pages.rows} keyOf={({ version }) => version} />
      )}
      <More pages={pages} of="history" />
    </section>
  );
}

function aboutEvent({ description = '', toWalletId, fromWalletId, ownerId }: WalletEvent) {
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
    cell: ({ type, movementId }) => (
      <a href={hrefOf('movement', movementId)} title={`Movement ${movementId}`}>
        {type}
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
  { title: 'Balance', kind: 'number', cell: ({ balance }) => amount(balance) },
];

export function Statement({ walletId, first }: { readonly walletId: string; readonly first: Page<Entry> }) {
  const pages = usePages<Entry>(first, (cursor) => readEntries(walletId, cursor), first);
  return (
    <section class="panel" aria-labelledby="statement-title">
      <header>
        <h2 id="statement-title">Statement</h2>
        <p class="aside">from the ledger, newest first</p>
      </header>
      {pages.rows.length === 0 ? (
        <p class="empty">The ledger has no entry of this wallet.</p>
      ) : (
        <Table columns={statementColumns} rows={pages.rows} keyOf={({ position }) => position} />
      )}
      <More pages={pages} of="statement" />
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

function More({ pages, of }: { readonly pages: Omit<Pages<unknown>, 'rows'>; readonly of: string }) {
  return (
    <>
      {pages.failure !== undefined && (
        <p class="refusal" role="alert">
          {pages.failure}
        </p>
      )}
      {pages.nextCursor !== null && (
        <p class="more">
          <button type="button" onClick={pages.more}>
            Show more<span class="unseen"> of the {of}</span>
          </button>
        </p>
      )}
    </>
  );
}
