// One wallet: found by its id or its owner, shown as the event store has it, with whether the rest agrees.
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/consoleLook.ts';
import { amount } from './format.ts';
import { RequestError } from './http.ts';
import { WalletDetails } from './walletDetails.tsx';
import { readWalletsOf, readWalletView, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletPageProps {
  readonly walletId: string | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
}

/** What is known of the wallet in the address. */
type Found =
  | { readonly kind: 'nothing asked' }
  | { readonly kind: 'looking' }
  | { readonly kind: 'wallet'; readonly view: WalletView }
  | { readonly kind: 'owner'; readonly wallets: readonly Snapshot[] }
  | { readonly kind: 'failed'; readonly words: string };

export function WalletPage({ walletId, settings, isDark }: WalletPageProps) {
  const [typed, setTyped] = useState(walletId ?? '');
  const [found, setFound] = useState<Found>({ kind: 'nothing asked' });
  const [round, setRound] = useState(0);
  useEffect(() => {
    setTyped(walletId ?? '');
    let isStale = false;
    setFound({ kind: 'looking' });
    void look(walletId).then((next) => {
      // Another wallet was asked for meanwhile.
      if (!isStale) setFound(next);
    });
    return () => {
      isStale = true;
    };
  }, [walletId, round]);

  return (
    <>
      <form
        class="search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          const next = `#/wallets/${encodeURIComponent(typed.trim())}`;
          if (location.hash === next) setRound(round + 1);
          else location.hash = next;
        }}
      >
        <label for="wallet-search">Wallet or owner id</label>
        <input
          id="wallet-search"
          type="search"
          value={typed}
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
      {found.kind === 'owner' && <WalletList wallets={found.wallets} />}
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

/** A wallet of that id; else the wallets of an owner of that id; without one, some wallets. */
async function look(id: string | undefined): Promise<Found> {
  try {
    const view = id === undefined ? undefined : await readWalletView(id).catch(undefinedWhenAbsent);
    if (view !== undefined) return { kind: 'wallet', view };
    const { rows } = await readWalletsOf(id ?? '');
    if (id !== undefined && rows.length === 0)
      return { kind: 'failed', words: `There is neither a wallet nor an owner "${id}".` };
    return { kind: 'owner', wallets: rows };
  } catch (error) {
    return { kind: 'failed', words: error instanceof Error ? error.message : String(error) };
  }
}

function undefinedWhenAbsent(error: unknown): undefined {
  if (error instanceof RequestError && error.status === 404) return undefined;
  throw error;
}

function WalletList({ wallets }: { readonly wallets: readonly Snapshot[] }) {
  if (wallets.length === 0) return <p class="empty">There is no wallet yet.</p>;
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
                <a href={`#/wallets/${encodeURIComponent(id)}`}>{id}</a>
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
