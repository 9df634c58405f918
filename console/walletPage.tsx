// Finds wallets by wallet id or owner id. The page of one wallet compares its state in the event store with
// read model and ledger.
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { idPattern } from './actions.ts';
import { amount } from './format.ts';
import { hrefOf, type SearchedBy } from './route.ts';
import { SearchForm } from './searchForm.tsx';
import { type Column, Table } from './table.tsx';
import { WalletDetails } from './walletDetails.tsx';
import { readWalletsOf, readWalletView, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletPageProps {
  readonly by: SearchedBy;
  readonly id: string | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
}

/** The state of the search that the address asks for. */
type Found =
  | { readonly kind: 'nothing asked' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'wallet'; readonly view: WalletView }
  | { readonly kind: 'wallets'; readonly wallets: readonly Snapshot[] }
  | { readonly kind: 'failed'; readonly words: string };

export function WalletPage({ by, id, settings, isDark }: WalletPageProps) {
  const [found, setFound] = useState<Found>({ kind: 'nothing asked' });
  const [refreshes, setRefreshes] = useState(0);
  useEffect(() => {
    let isStale = false;
    setFound({ kind: 'loading' });
    void find(by, id).then((next) => {
      // A stale answer belongs to an earlier search.
      if (!isStale) setFound(next);
    });
    return () => {
      isStale = true;
    };
  }, [by, id, refreshes]);

  return (
    <>
      <WalletSearch
        by={by}
        id={id}
        onRepeat={() => {
          setRefreshes(refreshes + 1);
        }}
      />
      <div aria-live="polite">
        {found.kind === 'loading' && <p class="empty">Loading…</p>}
        {found.kind === 'failed' && <p class="refusal">{found.words}</p>}
      </div>
      {found.kind === 'wallets' && <WalletList wallets={found.wallets} />}
      {found.kind === 'wallet' && (
        <WalletDetails
          key={found.view.wallet.id}
          view={found.view}
          settings={settings}
          isDark={isDark}
          onRefresh={() => {
            setRefreshes(refreshes + 1);
          }}
        />
      )}
    </>
  );
}

interface WalletSearchProps {
  readonly by: SearchedBy;
  readonly id: string | undefined;
  /** Called when the search of the address is sent once more. */
  readonly onRepeat: () => void;
}

function WalletSearch({ by, id, onRepeat }: WalletSearchProps) {
  const [searchBy, setSearchBy] = useState(by);
  useEffect(() => {
    setSearchBy(by);
  }, [by, id]);
  return (
    <SearchForm
      text={id ?? ''}
      label="Id"
      placeholder={searchBy === 'owners' ? 'owner-1' : 'wallet-001'}
      pattern={idPattern}
      hrefOf={(text) => hrefOf(searchBy, text)}
      onRepeat={onRepeat}
    >
      <select
        aria-label="What the id is of"
        value={searchBy}
        onChange={(event) => {
          setSearchBy(event.currentTarget.value === 'owners' ? 'owners' : 'wallets');
        }}
      >
        <option value="wallets">Wallet</option>
        <option value="owners">Owner</option>
      </select>
    </SearchForm>
  );
}

/** One wallet, the wallets of one owner, or without an id the first wallets of all. */
async function find(by: SearchedBy, id: string | undefined): Promise<Found> {
  try {
    if (by === 'wallets' && id !== undefined) return { kind: 'wallet', view: await readWalletView(id) };
    return { kind: 'wallets', wallets: (await readWalletsOf(id ?? '')).rows };
  } catch (error) {
    return { kind: 'failed', words: error instanceof Error ? error.message : String(error) };
  }
}

function WalletList({ wallets }: { readonly wallets: readonly Snapshot[] }) {
  if (wallets.length === 0) return <p class="empty">There is no such wallet.</p>;
  return (
    <section class="panel" aria-label="Wallets found">
      <Table columns={walletColumns} rows={wallets} keyOf={({ id }) => id} />
    </section>
  );
}

const walletColumns: [Column<Snapshot>, ...Column<Snapshot>[]] = [
  { title: 'Wallet', cell: ({ id }) => <a href={hrefOf('wallets', id)}>{id}</a> },
  { title: 'Owner', cell: ({ ownerId }) => ownerId },
  { title: 'Balance', kind: 'number', cell: ({ balance, currency }) => `${amount(balance)} ${currency}` },
  { title: 'Version', kind: 'number', cell: ({ version }) => version },
];
