// The live stream of snapshots. A lost stream is opened again after growing delays. Meanwhile the page shows
// the last snapshot with its age.
import { useEffect, useState } from 'preact/hooks';
import type {
  ConsoleHello,
  ConsoleSnapshot,
  ConsoleSettings,
  Sample,
} from '../src/api/console/consoleSnapshot.ts';
import { goToSignIn } from './http.ts';
import { askWhetherSignedIn } from './session.ts';
import { samplesAfter } from '../src/api/console/samplesAfter.ts';

export interface FeedState {
  readonly snapshot: ConsoleSnapshot | undefined;
  readonly settings: ConsoleSettings | undefined;
  readonly samples: readonly Sample[];
  readonly isConnected: boolean;
  /** When the last message came, by this browser's clock. The server's clock may differ. */
  readonly heardAtMs: number | undefined;
}

const reconnectMinMs = 500;
const reconnectMaxMs = 10_000;
/** A connection that has been silent for this long counts as lost. */
const silenceMaxMs = 12_000;

/** Calls `onState` with each change until the returned function is called. */
function followFeed(onState: (state: FeedState) => void): () => void {
  let state: FeedState = {
    snapshot: undefined,
    settings: undefined,
    samples: [],
    isConnected: false,
    heardAtMs: undefined,
  };
  let failures = 0;
  let source: EventSource | undefined;
  let timer: number | undefined;

  const set = (change: Partial<FeedState>) => {
    state = { ...state, ...change };
    onState(state);
  };
  const expectWithin = (ms: number, otherwise: () => void) => {
    clearTimeout(timer);
    timer = window.setTimeout(otherwise, ms);
  };
  const lose = () => {
    source?.close();
    askWhetherSignedIn();
    if (state.isConnected) set({ isConnected: false });
    // Half of the delay is random, so that consoles that lost the same server do not all return at once.
    const delayMs = Math.min(reconnectMinMs * 2 ** failures, reconnectMaxMs) * (0.5 + Math.random() / 2);
    failures += 1;
    expectWithin(delayMs, open);
  };
  const open = () => {
    source = new EventSource('/console/stream');
    source.onerror = lose;
    source.addEventListener('hello', (event: MessageEvent<string>) => {
      const { settings, samples } = JSON.parse(event.data) as ConsoleHello;
      set({ settings, samples: samples.length > 0 ? samples : state.samples });
      expectWithin(silenceMaxMs, lose);
    });
    source.addEventListener('look', (event: MessageEvent<string>) => {
      const snapshot = JSON.parse(event.data) as ConsoleSnapshot;
      const { sample } = snapshot;
      const samples = sample === null ? state.samples : samplesAfter(state.samples, sample);
      failures = 0;
      set({ snapshot, samples, isConnected: true, heardAtMs: Date.now() });
      expectWithin(silenceMaxMs, lose);
    });
    // A newer page has this page's place. It comes back late, so that the two do not take turns at once.
    source.addEventListener('replaced', () => {
      failures = Math.ceil(Math.log2(reconnectMaxMs / reconnectMinMs));
    });
    source.addEventListener('signed-out', goToSignIn);
    expectWithin(silenceMaxMs, lose);
  };
  const close = () => {
    clearTimeout(timer);
    source?.close();
  };
  // A browser has six connections to one server. Streams of hidden pages would leave none for a visible one.
  const followVisibility = () => {
    close();
    if (document.visibilityState === 'hidden') set({ isConnected: false });
    else open();
  };
  document.addEventListener('visibilitychange', followVisibility);
  if (document.visibilityState !== 'hidden') open();
  return () => {
    document.removeEventListener('visibilitychange', followVisibility);
    close();
  };
}

export function useFeed(): FeedState | undefined {
  const [state, setState] = useState<FeedState>();
  useEffect(() => followFeed(setState), []);
  return state;
}
