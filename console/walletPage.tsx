// Finds wallets by wallet id or owner id. The page of one wallet compares its state in the event store with
// read model and ledger.
import { useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { idPattern } from './action.ts';
import { useDraft } from './draft.ts';
import { Failed } from './facts.tsx';
import { amount } from './format.ts';
import { RequestError } from './http.ts';
import { List } from './list.tsx';
import { type Total, useList } from './listState.ts';
import { useRead } from './readState.ts';
import { hrefOf, type SearchedBy } from './route.ts';
import { SearchForm } from './searchForm.tsx';
import type { Column } from './table.tsx';
import { WalletDetails } from './walletDetails.tsx';
import { readWalletsOf, readWalletView, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletPageProps {
  readonly by: SearchedBy;
  readonly id: string | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
}

/** The wallet that the address names, or none. */
type Found = { readonly kind: 'wallet'; readonly view: WalletView } | { readonly kind: 'absent' };

export function WalletPage({ by, id, settings, isDark }: WalletPageProps) {
  const [refreshes, setRefreshes] = useState(0);
  const refresh = () => {
    setRefreshes(refreshes + 1);
  };
  const ofOne = by === 'wallets' ? id : undefined;
  return (
    <>
      <WalletSearch by={by} id={id} onRepeat={refresh} />
      {ofOne === undefined ? (
        <WalletList
          key={`${by} ${id ?? ''}`}
          ownerId={by === 'owners' ? id : undefined}
          version={refreshes}
        />
      ) : (
        <OneWallet key={ofOne} id={ofOne} version={refreshes} {...{ settings, isDark }} onRefresh={refresh} />
      )}
    </>
  );
}

interface OneWalletProps extends Pick<WalletPageProps, 'settings' | 'isDark'> {
  readonly id: string;
  /** A new version reads the wallet again. */
  readonly version: number;
  readonly onRefresh: () => void;
}

function OneWallet({ id, version, settings, isDark, onRefresh }: OneWalletProps) {
  const { value: found, failure } = useRead(() => find(id), [version]);
  return (
    <>
      <Failed isLoading={found === undefined} failure={failure} />
      {found?.kind === 'absent' && (
        <p class="empty">
          There is no wallet “{id}”. <a href="#/wallets">The list of all wallets</a> shows what there is.
          Create it: <code>wallet create {id} --owner owner-1</code>
        </p>
      )}
      {found?.kind === 'wallet' && (
        <WalletDetails view={found.view} settings={settings} isDark={isDark} onRefresh={onRefresh} />
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
  const [searchBy, setSearchBy] = useDraft(by, `${by} ${id ?? ''}`);
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

async function find(id: string): Promise<Found> {
  try {
    return { kind: 'wallet', view: await readWalletView(id) };
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return { kind: 'absent' };
    throw error;
  }
}

interface WalletListProps {
  /** Undefined lists the wallets of all owners. */
  readonly ownerId: string | undefined;
  readonly version: number;
}

function WalletList({ ownerId, version }: WalletListProps) {
  const [total, setTotal] = useState<Total>();
  const list = useList<Snapshot>({
    read: async (cursor) => {
      const page = await readWalletsOf(ownerId, cursor);
      setTotal(page.total);
      return page;
    },
    keyOf: ({ id }) => id,
    version,
  });
  const create = `wallet create wallet-001 --owner ${ownerId ?? 'owner-1'} --balance 100.00`;
  return (
    <section class="panel" aria-label="Wallets found">
      <List
        list={list}
        columns={walletColumns}
        noun="wallet"
        total={total}
        empty={
          <>
            {ownerId === undefined ? 'There is no wallet yet.' : `“${ownerId}” owns no wallet.`} Create one:{' '}
            <code>{create}</code>
          </>
        }
      />
    </section>
  );
}

const walletColumns: [Column<Snapshot>, ...Column<Snapshot>[]] = [
  { title: 'Wallet', cell: ({ id }) => <a href={hrefOf('wallets', id)}>{id}</a> },
  { title: 'Owner', cell: ({ ownerId }) => ownerId },
  { title: 'Balance', kind: 'number', cell: ({ balance, currency }) => `${amount(balance)} ${currency}` },
  { title: 'Available', kind: 'number', cell: ({ available }) => amount(available) },
  { title: 'Status', cell: ({ status }) => status },
  { title: 'Version', kind: 'number', cell: ({ version }) => version },
];
