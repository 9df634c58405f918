// Parked events: why each could not be projected, and how to retry or skip it.
import type { ConsoleSnapshot, ParkedEventSnapshot } from '../src/api/console/consoleSnapshot.ts';
import { titleOf } from '../src/projections/registry.ts';
import { ActionButton } from './actionButton.tsx';
import { retryParked, skipParked } from './actions.ts';
import { ago, count, counted } from './format.ts';
import { get } from './http.ts';
import { List } from './list.tsx';
import { type Page, useList } from './listState.ts';
import { hrefOf } from './route.ts';
import type { Column } from './table.tsx';

export function ParkedEvents({ snapshot }: { readonly snapshot: ConsoleSnapshot }) {
  const { stores } = snapshot;
  const parked = (stores?.projections ?? []).reduce((sum, one) => sum + one.parked, 0);
  const list = useList<ParkedEventSnapshot>({
    first: { rows: stores?.failures ?? [], nextCursor: stores?.nextFailures ?? null },
    read: readParkedEvents,
    keyOf: ({ projection, position }) => `${projection} ${position}`,
    version: parked,
  });
  return (
    <section id="parked-events" class="panel" aria-labelledby="parked-events-title" tabIndex={-1}>
      <header>
        <h2 id="parked-events-title">Parked events</h2>
      </header>
      <List
        list={list}
        columns={columnsAt(snapshot.atMs)}
        noun="parked event"
        total={{ count: parked, isExact: true }}
        empty={
          stores === null
            ? 'PostgreSQL does not answer, so nobody knows whether an event is parked. Ask again with `wallet doctor`.'
            : 'None: every event up to the checkpoints is projected. There is nothing to do.'
        }
      />
    </section>
  );
}

async function readParkedEvents(cursor: string | undefined): Promise<Page<ParkedEventSnapshot>> {
  const after = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
  const { body } = await get<{ failures: ParkedEventSnapshot[]; nextCursor: string | null }>(
    `/admin/failures${after}`,
  );
  return { rows: body.failures, nextCursor: body.nextCursor };
}

function columnsAt(nowMs: number): [Column<ParkedEventSnapshot>, ...Column<ParkedEventSnapshot>[]] {
  return [
    { title: 'Event', kind: 'number', cell: ({ position }) => count(position) },
    { title: 'Projection', cell: ({ projection }) => titleOf(projection) },
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
