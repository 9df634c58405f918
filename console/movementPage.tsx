// One movement of money: who paid whom, how much, when and why, the balances after it, its ids, and whether
// read model and ledger have it.
import { useEffect, useState } from 'preact/hooks';
import { ActionButton } from './actionButton.tsx';
import { amount, count, time } from './format.ts';
import { type Booked, type MovementView, readMovement, type Side } from './movementQueries.ts';
import { MovementForm } from './movementSearch.tsx';
import { movementInWords, typeTitles, whereItIs } from './movementWords.ts';
import { reverseMovement } from './paymentActions.ts';
import { hrefOf } from './route.ts';
import { type Column, Table } from './table.tsx';
import { sideColumns } from './walletLists.tsx';

export function MovementPage({ id }: { readonly id: string }) {
  const [view, setView] = useState<MovementView>();
  const [failure, setFailure] = useState<string>();
  const [refreshes, setRefreshes] = useState(0);
  useEffect(() => {
    let isStale = false;
    setFailure(undefined);
    readMovement(id).then(
      (read) => {
        if (!isStale) setView(read);
      },
      (error: unknown) => {
        if (!isStale) setFailure(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isStale = true;
    };
  }, [id, refreshes]);
  const refresh = () => {
    setRefreshes(refreshes + 1);
  };
  return (
    <>
      <MovementForm asked={{ text: id, from: '', to: '' }} onRepeat={refresh} />
      <div aria-live="polite">
        {view === undefined && failure === undefined && <p class="empty">Loading…</p>}
        {failure !== undefined && <p class="refusal">{failure}</p>}
      </div>
      {view !== undefined && <Details view={view} onRefresh={refresh} />}
    </>
  );
}

function Details({ view, onRefresh }: { readonly view: MovementView; readonly onRefresh: () => void }) {
  const { type, currency, description, occurredAt, from, to, ledger } = view;
  return (
    <section class="panel" aria-labelledby="movement-title">
      <header>
        <h2 id="movement-title">{movementInWords(view)}</h2>
        <p class="aside actions">
          <button type="button" onClick={onRefresh}>
            Refresh
          </button>
          {reversible.has(type) && <ActionButton action={reverseMovement(view.movementId)} />}
        </p>
      </header>
      <dl class="facts">
        <div class="fact-main">
          <dt>{typeTitles[type]}</dt>
          <dd>
            {amount(view.amount)} <small>{currency}</small>
          </dd>
        </div>
        <Fact title="When">{time(occurredAt)}</Fact>
        <Fact title="Description">{description === '' ? 'none was given' : description}</Fact>
        <Party title="From" side={from} currency={currency} />
        <Party title="To" side={to} currency={currency} />
      </dl>
      <ul class="agreements" aria-label="Where the movement is">
        {whereItIs(view).map(({ store, verdict, words }) => (
          <li key={store}>
            <b>{store}</b> <span class={`badge ${badges[verdict]}`}>{verdict}</span> {words}
          </li>
        ))}
      </ul>
      {ledger.entries.length > 0 && (
        <Table
          columns={entryColumns}
          rows={ledger.entries}
          keyOf={({ account, direction }) => `${account} ${direction}`}
        />
      )}
      <dl class="facts">
        <Fact title="Movement id">{view.movementId}</Fact>
        <Fact title="Request id">{view.requestId ?? 'none was kept'}</Fact>
        <Fact title="Command id">{view.commandId ?? 'none was kept'}</Fact>
        {view.transferId !== null && <Fact title="Transfer id">{view.transferId}</Fact>}
      </dl>
    </section>
  );
}

/** The types of movements that can be given back. */
const reversible: ReadonlySet<string> = new Set(['credit', 'debit', 'transfer', 'capture']);

const badges = { 'has it': 'badge-well', waits: 'badge-watch', 'lacks it': 'badge-wrong' } as const;

function Fact({ title, children }: { readonly title: string; readonly children: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface PartyProps {
  readonly title: string;
  readonly side: Side | null;
  readonly currency: string;
}

function Party({ title, side, currency }: PartyProps) {
  return (
    <div>
      <dt>{title}</dt>
      {side === null ? (
        <dd>outside</dd>
      ) : (
        <dd>
          <a href={hrefOf('wallets', side.walletId)}>{side.walletId}</a>, balance after it{' '}
          {amount(side.balance)} {currency} (version {count(side.version)})
        </dd>
      )}
    </div>
  );
}

const entryColumns: [Column<Booked>, ...Column<Booked>[]] = [
  { title: 'Ledger account', cell: ({ account }) => account },
  ...sideColumns,
  {
    title: 'Balance after',
    kind: 'number',
    cell: ({ balanceAfter }) => (balanceAfter === null ? '–' : amount(balanceAfter)),
  },
];
