// Owns what could not be delivered to one webhook endpoint, under the id `webhook-retry/<endpoint>`. It
// sleeps until an attempt is due, and ends once nothing waits. A drain starts it, or wakes it by the signal.
// An operator asks it with the query `state` and nudges it with the update `retryNow`.
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { RetryRound } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import { assertShape, shownText } from './recovery/shapes.ts';

interface WebhookRetryArgument {
  readonly endpointId: string;
}

/** The answer to an operator. It has counts alone, because histories hold nothing of events. */
export interface WebhookRetryState {
  readonly endpointId: string;
  readonly rounds: number;
  readonly delivered: number;
  readonly failed: number;
  readonly pending: number;
  /** Until the next attempt, counted from the end of the last round. Null before the first one. */
  readonly nextMs: number | null;
}

const stateQuery = defineQuery<WebhookRetryState>('state');
const parkedSignal = defineSignal('parked');
const retryNowUpdate = defineUpdate<WebhookRetryState>('retryNow');

/** A round has about six events of history. */
const historyEventsMax = 2_000;
/** Nothing waits longer without a look. */
const sleepMaxMs = 24 * 3_600_000;

export async function webhookRetry(...given: readonly unknown[]): Promise<WebhookRetryState> {
  const [argument] = given;
  assertShape(argument, { members: { endpointId: 'text' } }, 'the argument');
  const { endpointId } = argument as WebhookRetryArgument;
  let state: WebhookRetryState = {
    ...{ endpointId, rounds: 0, delivered: 0, failed: 0, pending: 0, nextMs: null },
  };
  const asked = { nudge: false, now: false };
  let ignored = '';
  const show = (outcome: string) => {
    setCurrentDetails(`${sentencesOf(state)} ${outcome}${ignored}`);
  };
  setHandler(stateQuery, () => state);
  setHandler(parkedSignal, () => {
    asked.nudge = true;
  });
  setHandler(retryNowUpdate, () => {
    Object.assign(asked, { nudge: true, now: true });
    return state;
  });
  setDefaultSignalHandler((name) => {
    ignored = `\n\nIgnored signal ${shownText(name)}, which this workflow does not know.`;
    show('');
  });
  const { retryWebhooks } = activitiesFor('drain', 'attempt what is due');
  for (;;) {
    const { now } = asked;
    Object.assign(asked, { nudge: false, now: false });
    const round = await retryWebhooks({ endpointId, now });
    state = stateAfter(state, round);
    if (round.nextMs === null && !asked.nudge) {
      show(endOf(round));
      return state;
    }
    show('');
    if (workflowInfo().historyLength >= historyEventsMax && !asked.now) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof webhookRetry>({ endpointId });
    }
    const sleepMs = Math.min(round.nextMs ?? 0, sleepMaxMs);
    if (sleepMs > 0) await condition(() => asked.nudge, sleepMs);
  }
}

function stateAfter(state: WebhookRetryState, round: RetryRound): WebhookRetryState {
  return {
    ...state,
    rounds: state.rounds + 1,
    delivered: state.delivered + round.delivered,
    failed: state.failed + round.failed,
    pending: round.pending,
    nextMs: round.nextMs,
  };
}

function sentencesOf({ endpointId, rounds, delivered, failed, pending, nextMs }: WebhookRetryState): string {
  const next = nextMs === null ? '' : ` The next one is due in ${Math.ceil(nextMs / 1_000)} s.`;
  return `Endpoint **${endpointId}**: ${delivered} delivered, ${failed} attempts failed, ${pending} wait, after ${rounds} rounds.${next}`;
}

function endOf({ state }: RetryRound): string {
  if (state === 'enabled') return 'Nothing waits any more.';
  return state === 'disabled'
    ? 'The endpoint is disabled. What waits stays until somebody enables it.'
    : 'The endpoint was deleted.';
}
