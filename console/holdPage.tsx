// One hold: how much is held, until when, for whom, and the captures that took money of it.
import { amount, time } from './format.ts';
import { Fact, Failed, FactLink } from './facts.tsx';
import { type Capture, type HoldView, readHold } from './holdQueries.ts';
import { Lacks } from './lacks.tsx';
import { captureHold, voidHold } from './paymentActions.ts';
import { useRead } from './readState.ts';
import { hrefOf, hrefOfMovements } from './route.ts';
import { type Column, Table } from './table.tsx';
import { HoldActions, holdBadges, paidBy } from './walletHolds.tsx';

interface HoldPageProps {
  readonly walletId: string;
  readonly holdId: string;
}

export function HoldPage({ walletId, holdId }: HoldPageProps) {
  const { value: hold, failure, again } = useRead(() => readHold(walletId, holdId), [walletId, holdId]);
  return (
    <>
      <Failed isLoading={hold === undefined} failure={failure} />
      {hold !== undefined && <Details hold={hold} onRefresh={again} />}
    </>
  );
}

function Details({ hold, onRefresh }: { readonly hold: HoldView; readonly onRefresh: () => void }) {
  const { walletId, holdId, currency, status, captures, endedAt } = hold;
  const money = (text: string) => `${amount(text)} ${currency}`;
  return (
    <section class="panel" aria-labelledby="hold-title">
      <header>
        <h2 id="hold-title">Hold {holdId}</h2>
        <p class="aside actions">
          <button type="button" onClick={onRefresh}>
            Refresh
          </button>
          {status === 'open' && <HoldActions hold={hold} onChange={onRefresh} />}
        </p>
      </header>
      <Lacks actions={[captureHold(hold), voidHold(hold)]} />
      <dl class="facts">
        <div class="fact-main">
          <dt>Remaining</dt>
          <dd>
            {amount(hold.remaining)} <small>{currency}</small>
          </dd>
        </div>
        <Fact title="Status">
          <span class={`badge ${holdBadges[status]}`}>{status}</span>
        </Fact>
        <Fact title="Amount">{money(hold.amount)}</Fact>
        <Fact title="Captured">{money(hold.captured)}</Fact>
        <Fact title="Released">{money(hold.released)}</Fact>
        <FactLink title="Wallet" href={hrefOf('wallets', walletId)}>
          {walletId}
        </FactLink>
        <Fact title="Pays">{paidBy(hold.toWalletId)}</Fact>
        <Fact title="Description">{hold.description === '' ? 'none was given' : hold.description}</Fact>
        <Fact title="Placed">{time(hold.createdAt)}</Fact>
        {endedAt === null ? (
          <Fact title="Ends">{time(hold.expiresAt)}</Fact>
        ) : (
          <Fact title="Ended">{time(endedAt)}</Fact>
        )}
        <FactLink title="All its events" href={hrefOfMovements({ text: holdId, from: '', to: '' })}>
          Find them
        </FactLink>
      </dl>
      {captures.length === 0 ? (
        <p class="empty">Nothing was captured.</p>
      ) : (
        <Table
          columns={captureColumns(currency)}
          rows={captures}
          keyOf={({ movementId }) => movementId}
          label="Captures"
        />
      )}
    </section>
  );
}

function captureColumns(currency: string): [Column<Capture>, ...Column<Capture>[]] {
  return [
    {
      title: 'Capture',
      cell: ({ movementId }) => <a href={hrefOf('movement', movementId)}>{movementId}</a>,
    },
    { title: 'When', cell: ({ capturedAt }) => time(capturedAt) },
    { title: 'Amount', kind: 'number', cell: (capture) => `${amount(capture.amount)} ${currency}` },
  ];
}
