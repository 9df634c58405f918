// The holds of a wallet, page by page, with what can be done to each.
import { ActionButton } from './actionButton.tsx';
import { amount, time } from './format.ts';
import { type Hold, readHolds } from './holdQueries.ts';
import { ListPanel } from './listPanel.tsx';
import { useList } from './listState.ts';
import { captureHold, placeHold, voidHold } from './paymentActions.ts';
import { hrefOf, hrefOfHold } from './route.ts';
import type { Column } from './table.tsx';
import type { Snapshot } from './walletQueries.ts';

interface HoldsProps {
  readonly wallet: Snapshot;
  /** A new version reads the holds again. */
  readonly version: unknown;
  /** Called after a hold was placed or changed. */
  readonly onChange: () => void;
}

export function Holds({ wallet, version, onChange }: HoldsProps) {
  const list = useList<Hold>({
    read: (cursor) => readHolds(wallet.id, cursor),
    keyOf: ({ holdId }) => holdId,
    version,
  });
  return (
    <ListPanel
      title="Holds"
      source="from the event store, newest first"
      actions={wallet.status !== 'closed' && <ActionButton action={placeHold(wallet)} onDone={onChange} />}
      list={list}
      columns={[...holdColumns, actionColumn(onChange)]}
      noun="hold"
      empty={
        <>
          The wallet had no hold. Place one here, or by <code>wallet holds place {wallet.id} 1.00</code>
        </>
      }
    />
  );
}

export const holdBadges = {
  open: 'badge-busy',
  captured: 'badge-well',
  voided: '',
  expired: 'badge-watch',
  closed: '',
} as const satisfies Record<Hold['status'], string>;

const holdColumns: [Column<Hold>, ...Column<Hold>[]] = [
  { title: 'Hold', cell: (hold) => <a href={hrefOfHold(hold)}>{hold.holdId}</a> },
  { title: 'Status', cell: ({ status }) => <span class={`badge ${holdBadges[status]}`}>{status}</span> },
  { title: 'Amount', kind: 'number', cell: (hold) => amount(hold.amount) },
  { title: 'Captured', kind: 'number', cell: ({ captured }) => amount(captured) },
  { title: 'Remaining', kind: 'number', cell: ({ remaining }) => amount(remaining) },
  { title: 'Ends', cell: ({ expiresAt, endedAt }) => time(endedAt ?? expiresAt) },
  { title: 'Pays', cell: ({ toWalletId }) => paidBy(toWalletId) },
  { title: 'Description', cell: ({ description }) => description },
];

/** Whom a capture pays. */
export function paidBy(toWalletId: string | null) {
  return toWalletId === null ? 'out' : <a href={hrefOf('wallets', toWalletId)}>{toWalletId}</a>;
}

function actionColumn(onChange: () => void): Column<Hold> {
  return {
    title: 'Actions',
    kind: 'actions',
    cell: (hold) => hold.status === 'open' && <HoldActions hold={hold} onChange={onChange} />,
  };
}

interface HoldActionsProps {
  readonly hold: Hold;
  readonly onChange: () => void;
}

export function HoldActions({ hold, onChange }: HoldActionsProps) {
  return (
    <>
      <ActionButton action={captureHold(hold)} of={hold.holdId} onDone={onChange} />
      <ActionButton action={voidHold(hold)} of={hold.holdId} onDone={onChange} />
    </>
  );
}
