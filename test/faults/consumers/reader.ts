// A reader of the feed that leaves at random, as a stream or by long polls, and comes back with a cursor that
// it kept. Now and then that is an older one, as if it had ended between its work and its cursor.
import { setTimeout as pause } from 'node:timers/promises';
import { harnessKey } from '../../../harness/keys.ts';
import { between, pick, type Random } from '../../../harness/random.ts';
import { createWalletClient, WalletProblemError } from '../../../src/client/index.ts';
import { digestOf } from './receiver.ts';

/** A cursor that a reader kept, and the last event before it. */
export interface Kept {
  readonly cursor: string;
  /** Undefined if no event came before it. */
  readonly id: string | undefined;
}

/** The events of one connection, or of one page. */
export interface Segment {
  /** Undefined for the beginning of the log. */
  readonly after: Kept | undefined;
  readonly ids: string[];
}

export interface ReaderLog {
  readonly name: string;
  readonly types: readonly string[] | undefined;
  readonly segments: readonly Segment[];
  /** By event: a digest of its text. */
  readonly digests: ReadonlyMap<string, string>;
  readonly counts: Readonly<ReaderCounts>;
  readonly wrong: readonly string[];
}

interface ReaderCounts {
  /** Connections that the reader itself ended, or left without keeping what it had read. */
  left: number;
  /** Connections that failed or ended otherwise. */
  failed: number;
}

export interface Reader extends ReaderLog {
  /** True while a request of it is open. */
  readonly isOpen: () => boolean;
  /** From now on it stays. */
  readonly stay: () => void;
  /** The last event that it got. */
  readonly lastId: () => string | undefined;
  readonly close: () => Promise<void>;
}

export interface ReaderOptions {
  readonly name: string;
  readonly way: 'stream' | 'polls';
  readonly url: string;
  /** Names of the feed. */
  readonly types?: readonly string[];
  readonly random: Random;
  /** The longest time that it stays connected. */
  readonly stayMaxMs?: number;
}

const stayMaxDefaultMs = 4_000;
const keptMax = 20;
const olderShare = 0.25;
const pollWaitS = 5;
const pollLimits = [1, 20, 100];
const failedPauseMs = 200;
const wrongMax = 20;

interface State {
  readonly options: ReaderOptions;
  readonly segments: Segment[];
  readonly digests: Map<string, string>;
  readonly counts: ReaderCounts;
  readonly wrong: string[];
  readonly stop: AbortController;
  kept: readonly Kept[];
  open: boolean;
  stays: boolean;
  lastId: string | undefined;
}

export function startReader(options: ReaderOptions): Reader {
  const state: State = {
    ...{ options, segments: [], digests: new Map(), counts: { left: 0, failed: 0 }, wrong: [] },
    ...{ stop: new AbortController(), kept: [], open: false, stays: false, lastId: undefined },
  };
  const { segments, digests, counts, wrong, stop } = state;
  const { name, types } = options;
  const connect = options.way === 'stream' ? readStream : readPage;
  const reading = (async () => {
    while (!stop.signal.aborted) await connectOnce(state, connect);
  })();
  // It is awaited when it is closed.
  reading.catch(() => undefined);
  return {
    ...{ name, types, segments, digests, counts, wrong },
    isOpen: () => state.open,
    stay: () => {
      state.stays = true;
    },
    lastId: () => state.lastId,
    close: async () => {
      stop.abort();
      await reading;
    },
  };
}

type Connect = (state: State, segment: Segment, signal: AbortSignal) => Promise<void>;

async function connectOnce(state: State, connect: Connect): Promise<void> {
  const { options, segments, counts, wrong, stop } = state;
  const { random, stayMaxMs = stayMaxDefaultMs } = options;
  const leave = new AbortController();
  const stayMs = between(random, 0, stayMaxMs);
  const timer = state.stays
    ? undefined
    : setTimeout(() => {
        leave.abort();
      }, stayMs);
  const segment: Segment = { after: comeBackAfter(state), ids: [] };
  segments.push(segment);
  try {
    await connect(state, segment, AbortSignal.any([stop.signal, leave.signal]));
  } catch (error) {
    if (stop.signal.aborted) return;
    if (leave.signal.aborted) counts.left += 1;
    else {
      counts.failed += 1;
      // A refusal is an answer that another try would not change.
      if (isRefusal(error) && wrong.length < wrongMax) wrong.push(`${options.name}: ${String(error)}`);
      await pause(failedPauseMs);
    }
  } finally {
    clearTimeout(timer);
    state.open = false;
  }
}

/** The last cursor, or an older one. */
function comeBackAfter({ kept, options: { random }, stays }: State): Kept | undefined {
  return !stays && kept.length > 0 && random() < olderShare ? pick(random, kept) : kept.at(-1);
}

function take(state: State, segment: Segment, event: { readonly id: string }): void {
  const { id } = event;
  segment.ids.push(id);
  state.lastId = id;
  const digest = digestOf(JSON.stringify(event));
  const before = state.digests.get(id);
  if (before === undefined) state.digests.set(id, digest);
  else if (before !== digest) state.wrong.push(`${state.options.name}: ${id} came with two contents`);
}

function keep(state: State, kept: Kept): void {
  state.kept = [...state.kept, kept].slice(-keptMax);
}

async function readStream(state: State, segment: Segment, signal: AbortSignal): Promise<void> {
  const { url, types, random } = state.options;
  const client = createWalletClient({ url, apiKey: harnessKey.text, random });
  const filter = { ...(types && { types: types.join() }), after: segment.after?.cursor ?? '0' };
  const onRetry = () => {
    state.open = false;
    state.counts.failed += 1;
  };
  state.open = true;
  for await (const { cursor, ...event } of client.events(filter, { signal, onRetry })) {
    state.open = true;
    take(state, segment, event);
    keep(state, { cursor, id: event.id });
  }
}

interface Page {
  readonly events: readonly { readonly id: string }[];
  readonly next: string;
}

async function readPage(state: State, segment: Segment, signal: AbortSignal): Promise<void> {
  const { url, types, random } = state.options;
  const query = new URLSearchParams({
    ...(types && { types: types.join() }),
    ...{
      after: segment.after?.cursor ?? '0',
      wait: String(pollWaitS),
      limit: String(pick(random, pollLimits)),
    },
  });
  state.open = true;
  const response = await fetch(`${url}/events?${query.toString()}`, { headers: harnessKey.headers, signal });
  const text = await response.text();
  if (!response.ok) throw new RefusedPageError(response.status, text);
  const { events, next } = JSON.parse(text) as Page;
  for (const event of events) take(state, segment, event);
  // It ends between its work and its cursor, and reads the page again.
  if (!state.stays && random() < olderShare) state.counts.left += 1;
  else keep(state, { cursor: next, id: events.at(-1)?.id ?? segment.after?.id });
}

class RefusedPageError extends Error {
  override readonly name = 'RefusedPageError';
  readonly status: number;

  constructor(status: number, text: string) {
    super(`${status} ${text}`);
    this.status = status;
  }
}

/** Waiting and trying again helps against every other failure. */
function isRefusal(error: unknown): boolean {
  if (error instanceof RefusedPageError) return error.status < 502 && error.status !== 429;
  return error instanceof WalletProblemError;
}
