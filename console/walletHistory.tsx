// A wallet's history from the event store, page by page. A reversal leads to its original, and an original
// says how much of it went back. An event that crossed alert rules names them.
import { amount, count, time } from './format.ts';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import { hrefOf, hrefOfHold } from './route.ts';
import type { Column } from './table.tsx';
import { readEvents, type WalletEvent } from './walletQueries.ts';

interface HistoryProps {
  readonly walletId: string;
  /** The number of events. */
  readonly events: number;
  /** A new version reads the history again. */
  readonly version: unknown;
}

export function History({ walletId, events, version }: HistoryProps) {
  const list = useList<WalletEvent>({
    read: (cursor) => readEvents(walletId, cursor),
    keyOf: (event) => event.version,
    version,
  });
  return (
    <ListPanel
      title="History"
      source="from the event store, newest first"
      list={list}
      columns={columnsOf(walletId, wentBackOf(list.rows))}
      noun="event"
      total={{ count: events, isExact: true }}
      empty="No event is here, though the wallet exists. Start “Verify”."
    />
  );
}

/**
 * How much went back of each movement. The newest reversal knows the sum, and reversals stand before their
 * originals.
 */
function wentBackOf(newestFirst: readonly WalletEvent[]): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const { originalMovementId, reversed } of newestFirst)
    if (originalMovementId !== undefined && reversed !== undefined && !sums.has(originalMovementId))
      sums.set(originalMovementId, reversed);
  return sums;
}

function aboutEvent(walletId: string, event: WalletEvent, wentBack: string | undefined) {
  const { type, description = '', toWalletId, fromWalletId, ownerId, reason = '', holdId, freeze } = event;
  if (type === 'Unreadable') return <b>This event can’t be read: {reason}</b>;
  const { originalMovementId, alerts = [] } = event;
  const words = [freeze && `${freeze.scope}: ${freeze.reason}`, reason, description]
    .filter(Boolean)
    .join(': ');
  const other = toWalletId ?? fromWalletId ?? undefined;
  return (
    <>
      {ownerId !== undefined && <>for {ownerId}</>}
      {holdId !== undefined && (
        <>
          hold <a href={hrefOfHold({ walletId, holdId })}>{holdId}</a>{' '}
        </>
      )}
      {other !== undefined && (
        <>
          {fromWalletId === undefined ? 'to ' : 'from '}
          <a href={hrefOf('wallets', other)}>{other}</a>{' '}
        </>
      )}
      {originalMovementId !== undefined && (
        <>
          gives back of <a href={hrefOf('movement', originalMovementId)}>{originalMovementId}</a>{' '}
        </>
      )}
      {words}
      {alerts.map(({ name }) => (
        <>
          {' '}
          <span class="badge badge-watch">alert {name}</span>
        </>
      ))}
      {wentBack !== undefined && (
        <>
          {' '}
          <span class="badge badge-watch">{amount(wentBack)} went back</span>
        </>
      )}
    </>
  );
}

function columnsOf(
  walletId: string,
  wentBack: ReadonlyMap<string, string>,
): [Column<WalletEvent>, ...Column<WalletEvent>[]] {
  const money = (text: string | undefined) => (text === undefined ? '–' : amount(text));
  return [
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
    {
      title: 'What',
      cell: (event) =>
        aboutEvent(
          walletId,
          event,
          event.originalMovementId === undefined ? wentBack.get(event.movementId) : undefined,
        ),
    },
    { title: 'Amount', kind: 'number', cell: (event) => money(event.amount) },
    { title: 'Held', kind: 'number', cell: ({ held }) => money(held) },
    { title: 'Balance', kind: 'number', cell: ({ balance }) => money(balance) },
  ];
}
