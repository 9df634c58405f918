// One movement of money: who paid whom, how much, when and why, by which request and who sent it, what it
// gives back or what gave it back, and whether read model and ledger have it.
import { ActionButton } from './actionButton.tsx';
import { Fact, Failed, FactLink } from './facts.tsx';
import { amount, count, time } from './format.ts';
import { Lacks } from './lacks.tsx';
import { type Booked, firstEventOf, type MovementView, readMovement, type Side } from './movementQueries.ts';
import { MovementForm } from './movementSearch.tsx';
import { isStill, movementInWords, typeTitles, whereItIs } from './movementWords.ts';
import { reverseMovement } from './paymentActions.ts';
import { useRead } from './readState.ts';
import { hrefOf, hrefOfHold } from './route.ts';
import { type Column, Table } from './table.tsx';
import { sideColumns } from './walletStatement.tsx';
import { WhoAsked } from './whoAsked.tsx';

export function MovementPage({ id }: { readonly id: string }) {
  const { value: view, failure, again } = useRead(() => readMovement(id), [id]);
  return (
    <>
      <MovementForm asked={{ text: id, from: '', to: '' }} onRepeat={again} />
      <Failed isLoading={view === undefined} failure={failure} />
      {view !== undefined && <Details view={view} onRefresh={again} />}
    </>
  );
}

function Details({ view, onRefresh }: { readonly view: MovementView; readonly onRefresh: () => void }) {
  const { ledger } = view;
  const isReversible = reversible.has(view.type) && view.reversed !== view.amount;
  return (
    <section class="panel" aria-labelledby="movement-title">
      <header>
        <h2 id="movement-title">{movementInWords(view)}</h2>
        <p class="aside actions">
          <button type="button" onClick={onRefresh}>
            Refresh
          </button>
          {isReversible && <ActionButton action={reverseMovement(view)} onDone={onRefresh} />}
        </p>
      </header>
      {isReversible && <Lacks actions={[reverseMovement(view)]} />}
      <Story view={view} />
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

/** Shows the movement, the person who asked for it, and the movements and the hold that it belongs to. */
function Story({ view }: { readonly view: MovementView }) {
  const { type, currency, description, occurredAt, from, to, holdId, originalMovementId } = view;
  const { walletId } = firstEventOf(view);
  return (
    <dl class="facts">
      <div class="fact-main">
        <dt>{typeTitles[type]}</dt>
        <dd>
          {amount(view.amount)} <small>{currency}</small>
        </dd>
      </div>
      <Fact title="When">{time(occurredAt)}</Fact>
      <Fact title="Description">{description === '' ? 'none was given' : description}</Fact>
      {isStill(view) ? (
        <FactLink title="Wallet" href={hrefOf('wallets', walletId)}>
          {walletId}
        </FactLink>
      ) : (
        <>
          <Party title="From" side={from} currency={currency} />
          <Party title="To" side={to} currency={currency} />
        </>
      )}
      <WhoAsked requestId={view.requestId} />
      {holdId !== null && (
        <FactLink title="Hold" href={hrefOfHold({ walletId, holdId })}>
          {holdId}
        </FactLink>
      )}
      {originalMovementId !== null && (
        <FactLink title="Gives back of" href={hrefOf('movement', originalMovementId)}>
          {originalMovementId}
        </FactLink>
      )}
      {view.reversedBy.length > 0 && <WentBack view={view} />}
    </dl>
  );
}

function WentBack({ view: { reversed, reversedBy, currency } }: { readonly view: MovementView }) {
  return (
    <Fact title="Went back">
      {amount(reversed)} {currency}
      <ul>
        {reversedBy.map((by) => (
          <li key={by.movementId}>
            {amount(by.amount)} by <a href={hrefOf('movement', by.movementId)}>{by.movementId}</a> at{' '}
            {time(by.reversedAt)}
          </li>
        ))}
      </ul>
    </Fact>
  );
}

interface PartyProps {
  readonly title: string;
  readonly side: Side | null;
  readonly currency: string;
}

function Party({ title, side, currency }: PartyProps) {
  if (side === null) return <Fact title={title}>outside</Fact>;
  return (
    <Fact title={title}>
      <a href={hrefOf('wallets', side.walletId)}>{side.walletId}</a>, balance after it {amount(side.balance)}{' '}
      {currency} (version {count(side.version)})
    </Fact>
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
