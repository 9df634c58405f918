// Parked events: why each could not be projected, and how to retry or skip it.
import type { ConsoleSnapshot, ParkedEventSnapshot } from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { retryParked, skipParked } from './actions.ts';
import { ago, count, counted, projectionTitles } from './format.ts';
import { hrefOf } from './route.ts';
import { type Column, Table } from './table.tsx';

export function ParkedEvents({ snapshot }: { readonly snapshot: ConsoleSnapshot }) {
  const shown = snapshot.stores?.failures ?? [];
  const parked = (snapshot.stores?.projections ?? []).reduce((sum, one) => sum + one.parked, 0);
  return (
    <section id="parked-events" class="panel" aria-labelledby="parked-events-title" tabIndex={-1}>
      <header>
        <h2 id="parked-events-title">Parked events</h2>
        {parked > shown.length && (
          <p class="aside">
            the first {count(shown.length)} of {count(parked)}
          </p>
        )}
      </header>
      {shown.length === 0 ? (
        <p class="empty">None: every event up to the checkpoints is projected.</p>
      ) : (
        <Table
          columns={columnsAt(snapshot.atMs)}
          rows={shown}
          keyOf={({ projection, position }) => `${projection} ${position}`}
        />
      )}
    </section>
  );
}

function columnsAt(nowMs: number): [Column<ParkedEventSnapshot>, ...Column<ParkedEventSnapshot>[]] {
  return [
    { title: 'Event', kind: 'number', cell: ({ position }) => count(position) },
    { title: 'Projection', cell: ({ projection }) => projectionTitles[projection] },
    { title: 'Wallet', cell: ({ walletId }) => <a href={hrefOf('wallets', walletId)}>{walletId}</a> },
    { title: 'Reason', kind: 'reason', cell: ({ lastError }) => lastError },
    {
      title: 'Tried',
      cell: ({ attempts, nextAttemptAt }) =>
        `${counted(attempts, 'time')}, ${dueInWords(nextAttemptAt, nowMs)}`,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (event) => (
        <>
          <ActionButton action={retryParked(event)} of={`event ${event.position}`} />
          <ActionButton action={skipParked(event)} of={`event ${event.position}`} />
        </>
      ),
    },
  ];
}

/** An attempt that is due is made by the projection's next pass. */
function dueInWords(nextAttemptAt: string, nowMs: number): string {
  return Date.parse(nextAttemptAt) <= nowMs ? 'due now' : `next ${ago(nextAttemptAt, nowMs)}`;
}
