// Wallets, found by their id or their owner's; one of them is shown as the event store has it, with whether the rest agrees.
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { idPattern } from './actions.ts';
import { amount } from './format.ts';
import { hrefOf, type SearchedBy } from './route.ts';
import { WalletDetails } from './walletDetails.tsx';
import { readWalletsOf, readWalletView, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletPageProps {
  readonly by: SearchedBy;
  readonly id: string | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
}

/** What is known of the wallet in the address. */
type Found =
  | { readonly kind: 'nothing asked' }
  | { readonly kind: 'looking' }
  | { readonly kind: 'wallet'; readonly view: WalletView }
  | { readonly kind: 'wallets'; readonly wallets: readonly Snapshot[] }
  | { readonly kind: 'failed'; readonly words: string };

export function WalletPage({ by, id, settings, isDark }: WalletPageProps) {
  const [typed, setTyped] = useState(id ?? '');
  const [searchBy, setSearchBy] = useState(by);
  const [found, setFound] = useState<Found>({ kind: 'nothing asked' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    setTyped(id ?? '');
    setSearchBy(by);
    let isStale = false;
    setFound({ kind: 'looking' });
    void look(by, id).then((next) => {
      // Another wallet was asked for meanwhile.
      if (!isStale) setFound(next);
    });
    return () => {
      isStale = true;
    };
  }, [by, id, round]);

  return (
    <>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const next = hrefOf(searchBy, typed.trim());
          if (location.hash === next) setRound(round + 1);
          else location.hash = next;
        }}
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
        <label class="unseen" for="wallet-search">
          Id
        </label>
        <input
          id="wallet-search"
          type="search"
          value={typed}
          placeholder={searchBy === 'owners' ? 'owner-1' : 'wallet-001'}
          pattern={idPattern.source}
          title={idPattern.words}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
          }}
        />
        <button type="submit" class="primary">
          Look
        </button>
      </form>
      <div aria-live="polite">
        {found.kind === 'looking' && <p class="empty">Looking…</p>}
        {found.kind === 'failed' && <p class="refusal">{found.words}</p>}
      </div>
      {found.kind === 'wallets' && <WalletList wallets={found.wallets} />}
      {found.kind === 'wallet' && (
        <WalletDetails
          key={found.view.wallet.id}
          view={found.view}
          settings={settings}
          isDark={isDark}
          onAgain={() => {
            setRound(round + 1);
          }}
        />
      )}
    </>
  );
}

/** A wallet, an owner's wallets, or without an id some wallets. */
async function look(by: SearchedBy, id: string | undefined): Promise<Found> {
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
      <table class="cards">
        <thead>
          <tr>
            <th scope="col">Wallet</th>
            <th scope="col">Owner</th>
            <th scope="col" class="number">
              Balance
            </th>
            <th scope="col" class="number">
              Version
            </th>
          </tr>
        </thead>
        <tbody>
          {wallets.map(({ id, ownerId, balance, currency, version }) => (
            <tr key={id}>
              <th scope="row">
                <a href={hrefOf('wallets', id)}>{id}</a>
              </th>
              <td data-label="Owner">{ownerId}</td>
              <td data-label="Balance" class="number">
                {amount(balance)} {currency}
              </td>
              <td data-label="Version" class="number">
                {version}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
