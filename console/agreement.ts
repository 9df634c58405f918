// Says in words whether read model and ledger agree with the event store about one wallet, as a client would
// see it now. Pure. The exact comparison of everything is the recovery verifyProjections.
import type { Entry, LastEvent, Snapshot, WalletView } from './walletQueries.ts';

export interface Agreement {
  readonly store: 'Read model' | 'Ledger';
  readonly verdict: 'agrees' | 'behind' | 'differs' | 'unknown';
  readonly words: string;
}

export function agreements({ wallet, last, document, newestEntries }: WalletView): readonly Agreement[] {
  const ledger: Agreement =
    last instanceof Error
      ? { store: 'Ledger', verdict: 'unknown', words: last.message }
      : ofLedger(last, newestEntries.rows[0]);
  return [ofDocument(wallet, document), ledger];
}

const compared = [
  ...(['ownerId', 'currency', 'balance', 'held', 'available', 'status', 'createdAt', 'updatedAt'] as const),
];

function ofDocument(wallet: Snapshot, document: Snapshot | undefined): Agreement {
  const store = 'Read model';
  if (document === undefined) {
    const words = `It does not have version ${wallet.version} yet, or does not answer; reads come from the event store.`;
    return { store, verdict: 'behind', words };
  }
  if (document.version > wallet.version)
    return { store, verdict: 'agrees', words: `Already at version ${document.version}.` };
  const different = compared.filter((field) => document[field] !== wallet[field]);
  if (different.length > 0)
    return {
      store,
      verdict: 'differs',
      words: `It differs in ${different.join(', ')}. Rebuild this wallet.`,
    };
  return { store, verdict: 'agrees', words: `The same at version ${wallet.version}.` };
}

function ofLedger(last: LastEvent, newest: Entry | undefined): Agreement {
  const store = 'Ledger';
  if (newest === undefined ? /^0(?:\.0*)?$/.test(last.balance) : newest.balanceAfter === last.balance)
    return { store, verdict: 'agrees', words: 'Its last entry leaves the same balance.' };
  const at = newest?.position ?? 0;
  // The ledger books the receiving side of a transfer at the sending event, one position before the receiving
  // one.
  if (at < last.position - 1)
    return { store, verdict: 'behind', words: `It is at event ${at} of ${last.position}.` };
  return { store, verdict: 'differs', words: 'Its last entry leaves another balance. Verify with repair.' };
}
