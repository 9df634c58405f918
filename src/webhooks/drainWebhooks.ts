// The drain of the fast lane. One run delivers to all healthy endpoints for about a minute. It starts a pump
// for each, stores their cursors a few times a second, and hands what failed to the workflows of the
// endpoints.
//
// Invariant: endpoints are read and cursors are stored by one loop, one after the other. So no pump takes an
// answer of the store that is older than what it has stored.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { FeedTail } from '../feed/feedTail.ts';
import type { ShowCommandId } from '../feed/mapEvents.ts';
import { readFeedPage } from '../feed/readFeed.ts';
import type { ReachFailpoint } from '../failpoints.ts';
import type { Deliver, Target } from './delivery.ts';
import { createLaneReader, type LaneReader, type LaneRow } from './laneReader.ts';
import { createPump, type Pump, type PumpDeps } from './pump.ts';
import type { OpenSecrets } from './openSecrets.ts';
import { createRetryTeller, type RetryTeller } from './retryTeller.ts';
import { wishForLostRetries } from './retryWishes.ts';
import { storeMoves, type Taken } from './storeMoves.ts';
import { createTargets, type Targets } from './targets.ts';
import { createTurns } from './turns.ts';

export interface WebhookDrainDeps {
  readonly pool: Pool;
  /** The end of the log, read once for all endpoints. */
  readonly tail: FeedTail;
  readonly show: ShowCommandId;
  readonly deliver: Deliver;
  readonly openSecrets: OpenSecrets;
  /** Stores secrets of a later key under the first one. */
  readonly resealSecrets: () => Promise<void>;
  /** Starts the workflow that owns what was parked, or wakes it. */
  readonly startRetry: (endpointId: string) => Promise<void>;
  /** Hears why an endpoint, or the start of its workflow, failed. */
  readonly onFailure: (endpointId: string, error: unknown) => void;
  /** Hears of endpoints that this process took out of the fast lane or disabled. */
  readonly onLeft: (endpointId: string, reason: string) => void;
  /** In [0, 1). */
  readonly random: () => number;
  /** Monotonic. A clock that is set, forward or back, neither halts nor hurries anything. */
  readonly monotonicMs: () => number;
  /** Set only in tests. */
  readonly failpoint?: ReachFailpoint;
}

/** The result of one pass of the loop. */
export interface WebhookPass {
  /** Deliveries that were stored. */
  readonly delivered: number;
  readonly parked: number;
  /** Everything up to here is done for every endpoint of the lane. Undefined if the lane is empty. */
  readonly position: bigint | undefined;
}

export interface WebhookLane {
  /** One pass: reads what was changed, stores what was done, and tells the workflows. */
  readonly pass: () => Promise<WebhookPass>;
  /** Begins a run. Pumps that an earlier one left may still end. */
  readonly begin: () => Promise<void>;
  /** Resolves when something should be stored, at the latest after `waitMaxMs`. */
  readonly wait: (waitMaxMs: number, stop: AbortSignal) => Promise<void>;
  /** Sends nothing further. Waits a moment for what is under way, and stores what was done. */
  readonly end: (why: RunEnd) => Promise<WebhookPass>;
}

/** Pages that endpoints read at once. The other connections of the pool are for the other activities. */
const pagesAtOnceMax = 2;
/** How long a cursor that passed only unwanted events stays unstored. */
const idleMoveMs = 30_000;
/**
 * How long a run waits at its end for requests under way. All endpoints wait with it. After a hand-over to
 * another run of this process the requests end beside it. After a stop nobody stores their outcome, so they
 * are sent again. A hand-over does not wait for a request that took this long before it. A receiver that
 * never answers would delay all others each time.
 */
const endWithinMs = { handOver: 100, stop: 1_000 } as const;
type RunEnd = keyof typeof endWithinMs;
/** An endpoint whose pump failed, or whose rows the store refused, is tried again after this time. */
const brokenPauseMs = 5_000;

interface LaneState {
  readonly deps: WebhookDrainDeps;
  readonly pumps: Map<string, Pump>;
  /** When the cursor of each pump was last stored. */
  readonly storedAt: Map<string, number>;
  /** Endpoints that failed, with the time at which they are tried again. */
  readonly notBefore: Map<string, number>;
  /** Where the endpoints of the lane are that have no pump. They stand still, and are late like any other. */
  readonly standing: Map<string, bigint>;
  readonly targets: Targets;
  readonly startPump: ReturnType<typeof createStarter>;
  readonly reader: LaneReader;
  readonly teller: RetryTeller;
  readonly onRefused: (id: string) => void;
  isRunning: boolean;
  urgent: PromiseWithResolvers<undefined>;
}

export function createWebhookLane(deps: WebhookDrainDeps): WebhookLane {
  const notBefore = new Map<string, number>();
  const broken = (id: string) => {
    notBefore.set(id, deps.monotonicMs() + brokenPauseMs);
  };
  const urgent = () => {
    state.urgent.resolve(undefined);
  };
  const state: LaneState = {
    ...{ deps, pumps: new Map(), storedAt: new Map(), notBefore, standing: new Map() },
    ...{ reader: createLaneReader(deps.pool), targets: createTargets(deps.openSecrets), isRunning: false },
    ...{ teller: createRetryTeller({ ...deps, onRoom: urgent }), urgent: Promise.withResolvers<undefined>() },
    ...{ onRefused: broken, startPump: createStarter(deps, { urgent, broken }) },
  };
  return {
    begin: async () => {
      state.isRunning = true;
      // A change that was lost, or raised no counter, is known at the next run.
      state.reader.forget();
      await wishForLostRetries(deps.pool);
      await deps.resealSecrets();
    },
    pass: async () => {
      state.urgent = Promise.withResolvers<undefined>();
      if (state.isRunning) await reload(state);
      const counts = await store(state, false);
      await state.teller.tell();
      return { ...counts, position: positionOf(state) };
    },
    wait: (waitMaxMs, stop) => within(waitMaxMs, state.urgent.promise, stop),
    end: async (why) => {
      state.isRunning = false;
      for (const pump of state.pumps.values()) pump.end();
      const ending = endingSoon(state, why).map(({ idle }) => idle);
      // After a hand-over the workflows are told beside the next run.
      const telling = why === 'stop' ? [state.teller.idle()] : [];
      await within(endWithinMs[why], Promise.all([...ending, ...telling]));
      const counts = await store(state, true);
      return { ...counts, position: positionOf(state) };
    },
  };
}

/** The pumps for which the end of a run waits. */
function endingSoon({ deps, pumps }: LaneState, why: RunEnd): readonly Pump[] {
  const slowFrom = deps.monotonicMs() - endWithinMs[why];
  return [...pumps.values()].filter(
    (pump) => why === 'stop' || (pump.underWaySince() ?? Infinity) > slowFrom,
  );
}

/** Resolves with the work, at the latest after `waitMaxMs` or at the stop. */
async function within(waitMaxMs: number, work: Promise<unknown>, stop?: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = stop === undefined ? over.signal : AbortSignal.any([stop, over.signal]);
  await Promise.race([work, pause(waitMaxMs, undefined, { signal }).catch(() => undefined)]);
  over.abort();
}

async function reload(state: LaneState): Promise<void> {
  const { deps, pumps, notBefore, standing, targets, reader } = state;
  const toTry = [...notBefore].filter(([, time]) => time <= deps.monotonicMs()).map(([id]) => id);
  await reader.read(toTry, {
    ids: (ids) => {
      for (const pump of pumps.values()) if (!ids.has(pump.id)) pump.end();
      for (const id of notBefore.keys()) if (!ids.has(id)) notBefore.delete(id);
      for (const id of standing.keys()) if (!ids.has(id)) standing.delete(id);
      targets.keepOnly(ids);
    },
    row: (row) => {
      apply(state, row);
      if (pumps.has(row.id)) standing.delete(row.id);
      else standing.set(row.id, row.position);
    },
  });
}

function apply(state: LaneState, row: LaneRow): void {
  const { deps, pumps, notBefore, startPump } = state;
  const pump = pumps.get(row.id);
  if (pump?.isEnding() === true) return;
  const time = notBefore.get(row.id);
  if (time !== undefined && time > deps.monotonicMs()) return;
  notBefore.delete(row.id);
  const target = targetOf(state, row);
  if (target === undefined) {
    pump?.end();
    notBefore.set(row.id, deps.monotonicMs() + brokenPauseMs);
  } else if (pump === undefined) pumps.set(row.id, startPump(row, target));
  else pump.refresh(row, target);
}

/** Stores what the pumps have done, and forgets those that are over. */
async function store(state: LaneState, isLast: boolean): Promise<Pick<WebhookPass, 'delivered' | 'parked'>> {
  const { deps, pumps, storedAt, standing, reader } = state;
  const all = [...pumps.values()].flatMap((pump): readonly Taken[] => {
    const isIdleMoveDue = deps.monotonicMs() - (storedAt.get(pump.id) ?? -Infinity) >= idleMoveMs;
    const taken = pump.takeMove(!isLast && !pump.isEnding() && !isIdleMoveDue);
    return taken === undefined ? [] : [{ pump, taken }];
  });
  await storeMoves(state, all);
  for (const { pump } of all) storedAt.set(pump.id, deps.monotonicMs());
  for (const { id, cursor } of [...pumps.values()].filter((pump) => pump.isOver())) {
    pumps.delete(id);
    // Until the next pass says whether it is in the lane.
    standing.set(id, cursor());
    storedAt.delete(id);
    // Its row says whether it goes on.
    reader.forget([id]);
  }
  return {
    delivered: all.reduce((sum, { taken: { move } }) => sum + move.delivered, 0),
    parked: all.reduce((sum, { taken: { left } }) => sum + (left?.parked.length ?? 0), 0),
  };
}

function positionOf({ pumps, standing }: LaneState): bigint | undefined {
  return [...[...pumps.values()].map((pump) => pump.cursor()), ...standing.values()].reduce<
    bigint | undefined
  >((least, at) => (least === undefined || at < least ? at : least), undefined);
}

interface PumpEvents {
  /** Something has to be stored soon. */
  readonly urgent: () => void;
  /** The endpoint stands still. */
  readonly broken: (id: string) => void;
}

function createStarter(deps: WebhookDrainDeps, { urgent, broken }: PumpEvents) {
  const { pool, tail, show, deliver, random, monotonicMs } = deps;
  const readInTurn = createTurns(pagesAtOnceMax);
  const pumpDeps: PumpDeps = {
    ...{ tail, deliver, random, monotonicMs, onUrgent: urgent },
    readPage: (filter, after, limit) => readInTurn(() => readFeedPage(pool, filter, after, limit, show)),
    onFailure: (id, error) => {
      deps.onFailure(id, error);
      broken(id);
      urgent();
    },
  };
  return (row: LaneRow, target: Target): Pump => createPump(pumpDeps, row, target);
}

/** Undefined if its secrets can't be read. It then waits, because nothing may go out without a signature. */
function targetOf({ deps, targets }: LaneState, row: LaneRow): Target | undefined {
  try {
    return targets.of(row);
  } catch (error) {
    deps.onFailure(row.id, error);
    return undefined;
  }
}
