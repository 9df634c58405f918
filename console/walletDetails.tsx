// One wallet: its snapshot, whether the other stores agree with it, its balance over time, its history and
// its statement.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { rebuildWallet } from './actions.ts';
import { agreements } from './agreement.ts';
import { amount, count, time } from './format.ts';
import { freezeWallet, unfreezeWallet } from './paymentActions.ts';
import { History, Holds, Statement } from './walletLists.tsx';
import { Plot } from './plot.tsx';
import { hrefOf } from './route.ts';
import { type Entry, readPlottedEntries, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletDetailsProps {
  readonly view: WalletView;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
  readonly onRefresh: () => void;
}

export function WalletDetails({ view, settings, isDark, onRefresh }: WalletDetailsProps) {
  const { wallet } = view;
  return (
    <>
      <section class="panel" aria-labelledby="wallet-title">
        <header>
          <h2 id="wallet-title">{wallet.id}</h2>
          <p class="aside actions">
            <button type="button" onClick={onRefresh}>
              Refresh
            </button>
            {wallet.status === 'active' && <ActionButton action={freezeWallet(wallet)} />}
            {wallet.status === 'frozen' && <ActionButton action={unfreezeWallet(wallet)} />}
            {settings !== undefined && <ActionButton action={rebuildWallet(settings, wallet.id)} />}
          </p>
        </header>
        <Facts wallet={wallet} />
        <ul class="agreements" aria-label="Agreement with the event store">
          {agreements(view).map(({ store, verdict, words }) => (
            <li key={store}>
              <b>{store}</b> <span class={`badge ${badges[verdict]}`}>{verdict}</span> {words}
            </li>
          ))}
        </ul>
        <BalancePlot walletId={wallet.id} version={wallet.version} isDark={isDark} />
      </section>
      <Holds walletId={wallet.id} version={wallet.version} />
      <History walletId={wallet.id} version={wallet.version} />
      <Statement walletId={wallet.id} first={view.newestEntries} />
    </>
  );
}

/** The wallet's snapshot from the event store. */
function Facts({ wallet }: { readonly wallet: Snapshot }) {
  return (
    <dl class="facts">
      <div class="fact-main">
        <dt>Balance</dt>
        <dd>
          {amount(wallet.balance)} <small>{wallet.currency}</small>
        </dd>
      </div>
      <div>
        <dt>Available</dt>
        <dd>
          {amount(wallet.available)}, {amount(wallet.held)} held
        </dd>
      </div>
      <div>
        <dt>Status</dt>
        <dd>{statusInWords(wallet)}</dd>
      </div>
      {limitsInWords(wallet) !== undefined && (
        <div>
          <dt>Limits</dt>
          <dd>{limitsInWords(wallet)}</dd>
        </div>
      )}
      {detailsInWords(wallet) !== '' && (
        <div>
          <dt>Metadata and labels</dt>
          <dd>{detailsInWords(wallet)}</dd>
        </div>
      )}
      <div>
        <dt>Owner</dt>
        <dd>
          <a href={hrefOf('owners', wallet.ownerId)}>{wallet.ownerId}</a>
        </dd>
      </div>
      <div>
        <dt>Version</dt>
        <dd>{count(wallet.version)}</dd>
      </div>
      <div>
        <dt>Created</dt>
        <dd>{time(wallet.createdAt)}</dd>
      </div>
      <div>
        <dt>Changed</dt>
        <dd>{time(wallet.updatedAt)}</dd>
      </div>
    </dl>
  );
}

function statusInWords({ status, freeze }: Snapshot): string {
  if (freeze === undefined) return status;
  const until = freeze.until === null ? '' : ` until ${time(freeze.until)}`;
  return `frozen for ${freeze.scope === 'all' ? 'debits and credits' : freeze.scope}${until}: ${freeze.reason}`;
}

function limitsInWords({ minimumBalance, maximumBalance }: Snapshot): string | undefined {
  const least = minimumBalance === undefined ? [] : [`at least ${amount(minimumBalance)}`];
  const most = maximumBalance === undefined ? [] : [`at most ${amount(maximumBalance)}`];
  return [...least, ...most].join(', ') || undefined;
}

function detailsInWords({ metadata = {}, labels = [] }: Snapshot): string {
  return [...Object.entries(metadata).map(([key, value]) => `${key}=${value}`), ...labels].join(', ');
}

const badges = {
  agrees: 'badge-well',
  behind: 'badge-watch',
  differs: 'badge-wrong',
  unknown: 'badge-watch',
} as const;

interface BalancePlotProps {
  readonly walletId: string;
  /** A new version reads the entries again. */
  readonly version: number;
  readonly isDark: boolean;
}

function BalancePlot({ walletId, version, isDark }: BalancePlotProps) {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    let isStale = false;
    readPlottedEntries(walletId).then(
      (read) => {
        if (!isStale) setEntries(read);
      },
      (error: unknown) => {
        if (!isStale) setFailure(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      isStale = true;
    };
  }, [walletId, version]);
  const times = useMemo(() => entries.map(({ occurredAt }) => Date.parse(occurredAt) / 1_000), [entries]);
  const lines = useMemo(
    () => [
      {
        label: 'Balance',
        colour: 'one' as const,
        // A float is exact enough for a pixel. The legend shows the exact texts.
        values: entries.map(({ balanceAfter }) => Number(balanceAfter)),
        texts: entries.map(({ balanceAfter }) => amount(balanceAfter)),
      },
    ],
    [entries],
  );
  if (failure !== undefined) return <p class="refusal">{failure}</p>;
  if (entries.length < 2) return <p class="empty">Too few ledger entries for a plot of the balance.</p>;
  return (
    <Plot
      title={`Balance over the last ${count(entries.length)} ledger entries`}
      {...{ times, lines, isDark }}
      format={(value) => approximate.format(value)}
      isStepped
    />
  );
}

/** Rounds, for the labels of an axis. */
const approximate = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });
