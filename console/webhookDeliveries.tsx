// Lists the deliveries of a webhook endpoint that did not succeed at once, page by page. The address holds
// the status that is asked for, so that a view can be sent to a colleague.
import { ago, count, time } from './format.ts';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import { hrefOf, hrefOfWebhook } from './route.ts';
import type { Column } from './table.tsx';
import { type Delivery, type DeliveryStatus, deliveryStatuses, readDeliveries } from './webhookQueries.ts';
import { attemptInWords } from './webhookWords.ts';

interface DeliveriesProps {
  readonly id: string;
  readonly status: DeliveryStatus | undefined;
  readonly nowMs: number | undefined;
  /** A new version reads the list again. */
  readonly version: unknown;
}

export function Deliveries(props: DeliveriesProps) {
  // Another status is another list.
  return <DeliveryList key={props.status} {...props} />;
}

function DeliveryList({ id, status, nowMs, version }: DeliveriesProps) {
  const list = useList<Delivery>({
    read: (cursor) => readDeliveries(id, status, cursor),
    keyOf: ({ webhookId }) => webhookId,
    version,
  });
  return (
    <ListPanel
      title="Deliveries"
      source="that did not succeed at once, newest first"
      actions={<StatusChoice id={id} status={status} />}
      list={list}
      columns={columnsAt(nowMs)}
      noun="delivery"
      empty={
        status === undefined
          ? 'None: every event that was sent succeeded at the first attempt, or long ago.'
          : `No delivery is ${status}. “All” shows the others.`
      }
    />
  );
}

function StatusChoice({ id, status }: Pick<DeliveriesProps, 'id' | 'status'>) {
  return (
    <select
      aria-label="Status of the deliveries"
      value={status ?? ''}
      onChange={(event) => {
        const chosen = deliveryStatuses.find((one) => one === event.currentTarget.value);
        location.hash = hrefOfWebhook(id, chosen);
      }}
    >
      <option value="">All</option>
      {deliveryStatuses.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}

const badges = {
  pending: 'badge-watch',
  failed: 'badge-wrong',
  skipped: '',
  delivered: 'badge-well',
} as const satisfies Record<DeliveryStatus, string>;

function columnsAt(nowMs: number | undefined): [Column<Delivery>, ...Column<Delivery>[]] {
  return [
    { title: 'Event', cell: ({ eventId }) => eventId },
    { title: 'Type', cell: ({ type }) => type },
    { title: 'Wallet', cell: ({ walletId }) => <a href={hrefOf('wallets', walletId)}>{walletId}</a> },
    {
      title: 'Status',
      cell: ({ status, holdsUpWallet }) => (
        <>
          <span class={`badge ${badges[status]}`}>{status}</span>
          {holdsUpWallet && ' later events of the wallet wait for it'}
        </>
      ),
    },
    { title: 'Attempts', kind: 'number', cell: ({ attempts }) => count(attempts) },
    {
      title: 'Last attempt',
      cell: ({ lastAttempt, lastAttemptAt }) =>
        lastAttempt === null ? 'none yet' : `${time(lastAttemptAt)}: ${attemptInWords(lastAttempt)}`,
    },
    { title: 'Next', cell: ({ nextAttemptAt }) => nextInWords(nextAttemptAt, nowMs) },
  ];
}

function nextInWords(nextAttemptAt: string | null, nowMs: number | undefined): string {
  if (nextAttemptAt === null) return '';
  if (nowMs === undefined) return time(nextAttemptAt);
  return Date.parse(nextAttemptAt) <= nowMs ? 'due now' : ago(nextAttemptAt, nowMs);
}
