// The page: header, status, and the overview or one of the other pages. The part of the address after the #
// decides.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Action } from './action.ts';
import { AuditPage } from './auditPage.tsx';
import { type Ask, AskContext } from './ask.ts';
import { ConfirmDialog } from './confirmDialog.tsx';
import { ParkedEvents } from './parkedEvents.tsx';
import { useFeed, type FeedState } from './feed.ts';
import { duration } from './format.ts';
import { HoldPage } from './holdPage.tsx';
import { MovementPage } from './movementPage.tsx';
import { MovementSearch } from './movementSearch.tsx';
import { Plots } from './plots.tsx';
import { Projections } from './projections.tsx';
import { Recoveries } from './recoveries.tsx';
import { hrefOfAudit, hrefOfHold, type Route, useRoute } from './route.ts';
import { SignedContext, useSigned } from './session.ts';
import { SignedIn } from './signedIn.tsx';
import { StatusBar } from './statusBar.tsx';
import { type Theme, themes, useTheme } from './theme.ts';
import { WalletPage } from './walletPage.tsx';
import { WebhookList } from './webhookList.tsx';
import { WebhookPage } from './webhookPage.tsx';

/** The action that the dialog asks about. */
interface Asked {
  readonly action: Action;
  readonly onDone: (() => void) | undefined;
  readonly number: number;
}

export function App() {
  const feed = useFeed();
  const route = useRoute();
  const { theme, choose, isDark } = useTheme();
  const { ask, asked, forget, done, setDone } = useAsking(route);
  const nowMs = useClock();
  const signed = useSigned();

  return (
    <SignedContext value={signed}>
      <AskContext value={ask}>
        <a class="skip-link" href="#content">
          Skip to the content
        </a>
        <header class="top">
          <h1>Wallet console</h1>
          <nav aria-label="Pages">
            <a href="#/" aria-current={route.page === 'overview' ? 'page' : undefined}>
              Overview
            </a>
            <a href="#/wallets" aria-current={['wallets', 'hold'].includes(route.page) ? 'page' : undefined}>
              Wallets
            </a>
            <a
              href="#/movements"
              aria-current={['movements', 'movement'].includes(route.page) ? 'page' : undefined}
            >
              Movements
            </a>
            {(signed?.scopes.includes('webhooks:read') ?? true) && (
              <a
                href="#/webhooks"
                aria-current={['webhooks', 'webhook'].includes(route.page) ? 'page' : undefined}
              >
                Webhooks
              </a>
            )}
            {(signed?.scopes.includes('audit:read') ?? true) && (
              <a href="#/audit" aria-current={route.page === 'audit' ? 'page' : undefined}>
                Audit
              </a>
            )}
          </nav>
          <Connection feed={feed} nowMs={nowMs} />
          <SignedIn signed={signed} />
          <ThemeChoice theme={theme} onChoose={choose} />
        </header>
        <main id="content" tabIndex={-1}>
          <StatusBar feed={feed} nowMs={nowMs} />
          <p class="done" role="status" aria-label="Last action">
            {done}
          </p>
          <Content route={route} feed={feed} isDark={isDark} />
        </main>
        {asked !== undefined && (
          <ConfirmDialog
            key={asked.number}
            action={asked.action}
            onDone={(sentence) => {
              setDone(sentence);
              asked.onDone?.();
            }}
            onClose={() => {
              forget(asked);
            }}
          />
        )}
      </AskContext>
    </SignedContext>
  );
}

/** The action that the dialog asks about, and the words about the last one. */
function useAsking(route: Route) {
  const [asked, setAsked] = useState<Asked>();
  const [done, setDone] = useState('');
  // Each opening has a number, so that a dialog that ends late cannot close the one that was opened after it.
  const openings = useRef(0);
  const ask: Ask = useCallback((action, onDone) => {
    openings.current += 1;
    setAsked({ action, onDone, number: openings.current });
  }, []);
  const forget = ({ number }: Asked) => {
    setAsked((now) => (now?.number === number ? undefined : now));
  };
  // The words belong to the page on which the action was.
  useEffect(() => {
    setDone('');
  }, [route]);
  return { ask, asked, forget, done, setDone };
}

interface ContentProps {
  readonly route: Route;
  readonly feed: FeedState | undefined;
  readonly isDark: boolean;
}

function Content({ route, feed, isDark }: ContentProps) {
  const { snapshot, settings, samples = [] } = feed ?? {};
  if (route.page === 'wallets')
    return <WalletPage by={route.by} id={route.id} settings={settings} isDark={isDark} />;
  if (route.page === 'movements') {
    const { text, from, to } = route;
    return <MovementSearch key={`${text} ${from} ${to}`} asked={{ text, from, to }} />;
  }
  if (route.page === 'movement') return <MovementPage key={route.id} id={route.id} />;
  if (route.page === 'hold') {
    const { walletId, holdId } = route;
    return <HoldPage key={hrefOfHold(route)} walletId={walletId} holdId={holdId} />;
  }
  if (route.page === 'webhooks') return <WebhookList nowMs={snapshot?.atMs} />;
  if (route.page === 'webhook') {
    const { id, status } = route;
    return <WebhookPage key={id} nowMs={snapshot?.atMs} {...{ id, status, settings }} />;
  }
  if (route.page === 'audit') return <AuditPage key={hrefOfAudit(route.asked)} asked={route.asked} />;
  if (snapshot === undefined || settings === undefined) return null;
  return (
    <>
      <Plots samples={samples} isDark={isDark} />
      <Projections snapshot={snapshot} settings={settings} />
      <ParkedEvents snapshot={snapshot} />
      <Recoveries snapshot={snapshot} settings={settings} />
    </>
  );
}

interface ThemeChoiceProps {
  readonly theme: Theme;
  readonly onChoose: (theme: Theme) => void;
}

function ThemeChoice({ theme, onChoose }: ThemeChoiceProps) {
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={theme}
        onChange={(event) => {
          const chosen = themes.find((one) => one === event.currentTarget.value);
          if (chosen !== undefined) onChoose(chosen);
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {one === 'system' ? 'System colours' : one === 'dark' ? 'Dark' : 'Light'}
          </option>
        ))}
      </select>
    </label>
  );
}

function Connection({ feed, nowMs }: { readonly feed: FeedState | undefined; readonly nowMs: number }) {
  const isLive = feed?.isConnected === true;
  const age = feed?.heardAtMs === undefined ? '' : `, ${duration(Math.max(0, nowMs - feed.heardAtMs))} old`;
  return (
    <p class={`connection ${isLive ? 'is-live' : 'is-lost'}`}>
      <span class="dot" aria-hidden="true" /> {isLive ? 'Live' : `Connecting${age}`}
    </p>
  );
}

/** The time, renewed each second, so that ages grow while no snapshot arrives. */
function useClock(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNowMs(Date.now());
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return nowMs;
}
