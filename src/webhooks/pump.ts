// Delivers the events of one healthy endpoint: reads on in the feed, keeps a few requests under way, and
// knows how far everything is done. It stores nothing itself. The lane takes its moves, and says what became
// of them.
//
// Invariant: the cursor passes an event only after its delivery, or together with its row of parked events.
import type { Attempt, Deliver, Target } from './delivery.ts';
import {
  failuresInRowMax,
  feedFilterOf,
  inFlightMax,
  parkedMax,
  silentAfterMs,
  webhookIdOf,
} from './endpoint.ts';
import { createEventWindow, type Entry, type EventWindow } from './eventWindow.ts';
import { createFeedReader, type FeedReader, type FeedReaderDeps } from './feedReader.ts';
import type { LeftBehind, Move } from './lane.ts';
import type { LaneRow } from './laneReader.ts';
import { createOutcomes, type Outcomes, type OutcomesDeps } from './outcomes.ts';
import { isDisabledAfter } from './retrySchedule.ts';

export interface PumpDeps extends OutcomesDeps, Pick<FeedReaderDeps, 'tail' | 'readPage'> {
  readonly deliver: Deliver;
  /** Hears of what has to be stored soon. */
  readonly onUrgent: () => void;
  /** Hears why the endpoint stands still. */
  readonly onFailure: (endpointId: string, error: unknown) => void;
}

/** A move to store. `stored` gets it back afterwards. */
export interface PumpMove {
  readonly move: Move;
  /** Undefined if only the cursor moves. */
  readonly left: LeftBehind | undefined;
}

export interface Pump {
  readonly id: string;
  /** Everything up to here is done, stored or not. */
  readonly cursor: () => bigint;
  /** Takes what was changed at the endpoint. */
  readonly refresh: (row: LaneRow, target: Target) => void;
  /** Undefined if there is nothing to store. With `mayWait`, unwanted events that were passed are nothing. */
  readonly takeMove: (mayWait: boolean) => PumpMove | undefined;
  /** `isStored` is false if nobody knows that it was: this pump then ends, and forgets. */
  readonly stored: (taken: PumpMove, isStored: boolean) => void;
  /** Sends nothing further. What is under way goes on. */
  readonly end: () => void;
  readonly isEnding: () => boolean;
  /** True once it has ended, nothing is under way, and nothing is left to store. */
  readonly isOver: () => boolean;
  /** Resolves once nothing is under way after its end. */
  readonly idle: Promise<undefined>;
  /** When the oldest request under way began. Undefined if there is none. */
  readonly underWaySince: () => number | undefined;
}

/** Why it sends nothing further. `down` and `gone` take the endpoint out of the fast lane. */
type Ending = 'told' | 'down' | 'gone' | 'lost' | 'broken';

interface State {
  readonly deps: PumpDeps;
  readonly id: string;
  readonly ordered: boolean;
  readonly filterRevision: bigint;
  readonly window: EventWindow;
  readonly reader: FeedReader;
  readonly outcomes: Outcomes;
  readonly idle: PromiseWithResolvers<undefined>;
  /** When each request under way began, the oldest first. */
  readonly sentAt: Map<Entry, number>;
  target: Target;
  lane: LaneRow['lane'];
  fence: bigint;
  /** As it is stored. */
  persisted: bigint;
  /** Rows of parked events that wait. */
  openRows: number;
  ending: Ending | undefined;
  isLastWordStored: boolean;
}

export function createPump(deps: PumpDeps, row: LaneRow, target: Target): Pump {
  const window = createEventWindow(row.ordered, row.parkedWallets);
  const { tail, readPage } = deps;
  const take: FeedReaderDeps['take'] = (events) => {
    window.take(events);
    start(state);
  };
  const reader = createFeedReader(
    { tail, readPage, room: window.room, take },
    feedFilterOf(row),
    row.position,
  );
  const state: State = {
    ...{ deps, id: row.id, ordered: row.ordered, window, reader, target },
    outcomes: createOutcomes(deps, row),
    ...{ idle: Promise.withResolvers<undefined>(), sentAt: new Map() },
    ...{ filterRevision: row.filterRevision, fence: row.fence, persisted: row.position },
    ...{ lane: row.lane, openRows: row.parked, ending: undefined, isLastWordStored: false },
  };
  reader.run().catch((error: unknown) => {
    deps.onFailure(row.id, error);
    finish(state, 'broken');
  });
  return {
    id: row.id,
    idle: state.idle.promise,
    underWaySince: () => state.sentAt.values().next().value,
    cursor: () => cursorOf(state),
    refresh: (next, nextTarget) => {
      refresh(state, next, nextTarget);
    },
    takeMove: (mayWait) => takeMove(state, mayWait),
    stored: ({ move, left }, isStored) => {
      if (!isStored) finish(state, 'lost');
      else state.persisted = move.to;
      state.isLastWordStored ||= isStored && left !== undefined && isLastWord(left);
    },
    end: () => {
      finish(state, 'told');
    },
    isEnding: () => state.ending !== undefined,
    isOver: () => isOver(state),
  };
}

function finish(state: State, reason: Ending): void {
  if (state.ending === undefined || reason === 'lost') state.ending = reason;
  state.reader.end();
  settleIdle(state);
}

function settleIdle({ ending, window, idle, deps }: State): void {
  if (ending === undefined || window.underWay() > 0) return;
  idle.resolve(undefined);
  // An endpoint that was changed waits for its next pump. One that fails waits for its retries anyway.
  if (ending !== 'down' && ending !== 'gone') deps.onUrgent();
}

function start(state: State): void {
  const { window, reader } = state;
  if (state.ending !== undefined) return;
  for (const entry of window.next(limitOf(state))) void send(state, entry);
  if (window.room() > 0) reader.roomMade();
}

/**
 * Requests that may be under way. After a failure the next event is sent alone. A silent receiver gets none,
 * because each of its requests has a connection for as long as it lasts.
 */
function limitOf({ deps, outcomes, sentAt }: State): number {
  const oldest = sentAt.values().next().value;
  if (oldest !== undefined && deps.monotonicMs() - oldest >= silentAfterMs) return 0;
  return outcomes.failuresInRow() > 0 ? 1 : inFlightMax;
}

async function send(state: State, entry: Entry): Promise<void> {
  const { id, deps, window, sentAt } = state;
  const { text, occurredAt } = entry.event;
  const measured = { lane: 'fast', occurredAt } as const;
  const message = { id: webhookIdOf(id, entry.event), text, measured };
  sentAt.set(entry, deps.monotonicMs());
  const attempt = await deps.deliver(() => (state.ending === undefined ? state.target : undefined), message);
  sentAt.delete(entry);
  window.settle(entry, attempt !== undefined);
  // It would be stopped again at once, and that again, and nothing else of the process would run.
  if (attempt === undefined) finish(state, 'told');
  if (attempt?.outcome === 'delivered') state.outcomes.delivered(entry.event, attempt);
  else if (attempt !== undefined) failed(state, entry, attempt);
  start(state);
  settleIdle(state);
}

function failed(state: State, { event }: Entry, attempt: Attempt): void {
  const { outcomes, window, ordered } = state;
  outcomes.failed(event, attempt);
  if (ordered) window.park(event.walletId);
  state.openRows += 1;
  const isDown =
    attempt.outcome === 'slowDown' ||
    outcomes.failuresInRow() >= failuresInRowMax ||
    state.openRows >= parkedMax ||
    isFailingTooLong(state);
  // Nothing of it is urgent. Many failures are then one pass, which costs the other endpoints less.
  if (attempt.outcome === 'gone') finish(state, 'gone');
  else if (isDown) finish(state, 'down');
}

function isFailingTooLong({ outcomes }: State): boolean {
  const failingMs = outcomes.failingMs();
  return failingMs !== null && isDisabledAfter(failingMs);
}

function cursorOf({ window, reader }: State): bigint {
  const open = window.firstOpen();
  return open === undefined ? reader.at() : open - 1n;
}

function refresh(state: State, next: LaneRow, target: Target): void {
  const { window, outcomes, ordered, persisted, filterRevision } = state;
  [state.target, state.lane] = [target, next.lane];
  outcomes.knowFailing(next.failingMs);
  const toPark = outcomes.toPark();
  window.setParked([...next.parkedWallets, ...(ordered ? toPark.map(({ walletId }) => walletId) : [])]);
  state.openRows = next.parked + toPark.length;
  // With the fence of before, the next move fails if a wallet came back whose events were passed over.
  if (window.skippedTo() <= persisted) state.fence = next.fence;
  // After a change of the filter another pump reads what this one has read and not stored.
  if (next.position === persisted && next.filterRevision === filterRevision) start(state);
  else finish(state, 'lost');
}

function takeMove(state: State, mayWait: boolean): PumpMove | undefined {
  const { id, ordered, window, outcomes, persisted, filterRevision } = state;
  if (state.ending === 'lost' || state.isLastWordStored) return undefined;
  const hasWord = hasLastWord(state);
  if (!hasWord && (mayWait ? outcomes.isEmpty() : !hasToStore(state))) return undefined;
  const to = cursorOf(state);
  const { parked, ...done } = outcomes.take();
  const fence = window.skippedTo() > persisted ? state.fence : null;
  const move: Move = { id, from: persisted, to, filterRevision, fence, ...done };
  const isBack = state.lane === 'trial' && done.succeededAgoMs !== null;
  if (parked.length === 0 && !hasWord && !isBack) return { move, left: undefined };
  if (isBack) state.lane = 'fast';
  const word = hasWord ? lastWordOf(state) : { lane: state.lane, disabled: null };
  return { move, left: { parksWallets: ordered, parked, isBack, pauseMs: pauseMsOf(parked), ...word } };
}

const hasToStore = (state: State) => !state.outcomes.isEmpty() || cursorOf(state) > state.persisted;

const hasLastWord = ({ ending, window }: State) =>
  (ending === 'down' || ending === 'gone') && window.underWay() === 0;

function pauseMsOf(parked: LeftBehind['parked']): number | null {
  const asked = parked.flatMap(({ attempt: { retryAfterMs } }) => retryAfterMs ?? []);
  return asked.length === 0 ? null : Math.max(...asked);
}

/** The state of the endpoint that its last move stores. */
function lastWordOf(state: State): Pick<LeftBehind, 'lane' | 'disabled'> {
  if (state.ending === 'gone') return { lane: 'fast', disabled: 'gone' };
  return { lane: 'retry', disabled: isFailingTooLong(state) ? 'failing' : null };
}

const isLastWord = ({ lane, disabled }: LeftBehind) => lane === 'retry' || disabled !== null;

function isOver(state: State): boolean {
  const { ending, window, isLastWordStored } = state;
  if (ending === undefined || window.underWay() > 0) return false;
  return ending === 'lost' || isLastWordStored || (!hasToStore(state) && !hasLastWord(state));
}
