// One wallet: its snapshot, whether the other stores agree with it, its balance over time, its history and
// its statement.
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ConsoleSettings } from '../src/api/console/consoleSnapshot.ts';
import { ActionButton } from './actionButton.tsx';
import { rebuildWallet } from './actions.ts';
import { Fact, FactLink } from './facts.tsx';
import { agreements } from './agreement.ts';
import { amount, count, time } from './format.ts';
import { Lacks } from './lacks.tsx';
import { capturing, freezeWallet, placeHold, unfreezeWallet } from './paymentActions.ts';
import { Plot } from './plot.tsx';
import { hrefOf } from './route.ts';
import { Alerts } from './walletAlerts.tsx';
import { History } from './walletHistory.tsx';
import { Holds } from './walletHolds.tsx';
import { Statement } from './walletStatement.tsx';
import { Velocity } from './walletVelocity.tsx';
import { type Entry, readPlottedEntries, type Snapshot, type WalletView } from './walletQueries.ts';

interface WalletDetailsProps {
  readonly view: WalletView;
  readonly settings: ConsoleSettings | undefined;
  readonly isDark: boolean;
  readonly onRefresh: () => void;
}

export function WalletDetails({ view, settings, isDark, onRefresh }: WalletDetailsProps) {
  const { wallet } = view;
  const freezing = wallet.status === 'frozen' ? unfreezeWallet(wallet) : freezeWallet(wallet);
  return (
    <>
      <section class="panel" aria-labelledby="wallet-title">
        <header>
          <h2 id="wallet-title">{wallet.id}</h2>
          <p class="aside actions">
            <button type="button" onClick={onRefresh}>
              Refresh
            </button>
            {wallet.status !== 'closed' && <ActionButton action={freezing} onDone={onRefresh} />}
            {settings !== undefined && <ActionButton action={rebuildWallet(settings, wallet.id)} />}
          </p>
        </header>
        {wallet.status !== 'closed' && <Lacks actions={[placeHold(wallet), capturing, freezing]} />}
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
      <Holds wallet={wallet} version={view} onChange={onRefresh} />
      <Velocity walletId={wallet.id} version={view} />
      <Alerts walletId={wallet.id} version={view} />
      <History walletId={wallet.id} events={wallet.version} version={view} />
      <Statement walletId={wallet.id} first={view.newestEntries} />
    </>
  );
}

/** The wallet's snapshot from the event store. */
function Facts({ wallet }: { readonly wallet: Snapshot }) {
  const { currency, freeze } = wallet;
  const limits = limitsInWords(wallet);
  const details = detailsInWords(wallet);
  return (
    <dl class="facts">
      <Money title="Balance" text={wallet.balance} currency={currency} />
      <Money title="Held" text={wallet.held} currency={currency} />
      <Money title="Available" text={wallet.available} currency={currency} />
      <Fact title="Status">
        <span class={`badge ${statusBadges[wallet.status]}`}>{wallet.status}</span>
        {freeze !== undefined && <> {freezeInWords(freeze)}</>}
      </Fact>
      {limits !== undefined && <Fact title="Limits">{limits}</Fact>}
      {details !== '' && <Fact title="Metadata and labels">{details}</Fact>}
      <FactLink title="Owner" href={hrefOf('owners', wallet.ownerId)}>
        {wallet.ownerId}
      </FactLink>
      <Fact title="Version">{count(wallet.version)}</Fact>
      <Fact title="Created">{time(wallet.createdAt)}</Fact>
      <Fact title="Changed">{time(wallet.updatedAt)}</Fact>
    </dl>
  );
}

interface MoneyProps {
  readonly title: string;
  readonly text: string;
  readonly currency: string;
}

function Money({ title, text, currency }: MoneyProps) {
  return (
    <div class="fact-main">
      <dt>{title}</dt>
      <dd>
        {amount(text)} <small>{currency}</small>
      </dd>
    </div>
  );
}

const statusBadges = { active: 'badge-well', frozen: 'badge-wrong', closed: '' } as const;

function freezeInWords({ scope, reason, until }: NonNullable<Snapshot['freeze']>): string {
  const end = until === null ? '' : ` until ${time(until)}`;
  return `for ${scope === 'all' ? 'debits and credits' : scope}${end}: ${reason}`;
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
