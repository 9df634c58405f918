// A wallet's history out of the event store, and its statement out of the ledger, page after page.
import { useEffect, useState } from 'preact/hooks';
import { amount, count, time } from './format.ts';
import { hrefOf } from './route.ts';
import { type Entry, type Page, readEntries, readEvents, type WalletEvent } from './walletQueries.ts';

interface Pages<T> {
  readonly rows: readonly T[];
  readonly nextCursor: string | null;
  readonly failure: string | undefined;
  readonly more: () => void;
}

/** Rows read so far. `first` is the first page, or how it is read; `version` says when to begin anew. */
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
        <table class="cards">
          <thead>
            <tr>
              <th scope="col" class="number">
                Version
              </th>
              <th scope="col">Event</th>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col" class="number">
                Amount
              </th>
              <th scope="col" class="number">
                Balance
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.rows.map((event) => (
              <tr key={event.version}>
                <th scope="row" class="number">
                  {count(event.version)}
                </th>
                <td data-label="Event">{event.type}</td>
                <td data-label="When">{time(event.occurredAt)}</td>
                <td data-label="What">{aboutEvent(event)}</td>
                <td data-label="Amount" class="number">
                  {event.amount === undefined ? '–' : amount(event.amount)}
                </td>
                <td data-label="Balance" class="number">
                  {amount(event.balance)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
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
        <table class="cards">
          <thead>
            <tr>
              <th scope="col" class="number">
                Event
              </th>
              <th scope="col">When</th>
              <th scope="col">Against</th>
              <th scope="col">Description</th>
              <th scope="col" class="number">
                Debit
              </th>
              <th scope="col" class="number">
                Credit
              </th>
              <th scope="col" class="number">
                Balance
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.rows.map((entry) => (
              <tr key={entry.position}>
                <th scope="row" class="number">
                  {count(entry.position)}
                </th>
                <td data-label="When">{time(entry.occurredAt)}</td>
                <td data-label="Against">{entry.counterAccount}</td>
                <td data-label="Description">{entry.description}</td>
                <td data-label="Debit" class="number">
                  {entry.direction === 'debit' ? amount(entry.amount) : ''}
                </td>
                <td data-label="Credit" class="number">
                  {entry.direction === 'credit' ? amount(entry.amount) : ''}
                </td>
                <td data-label="Balance" class="number">
                  {amount(entry.balanceAfter)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <More pages={pages} of="statement" />
    </section>
  );
}

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
