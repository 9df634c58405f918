// What the drain workflows share: one run is one long, heartbeating activity. The loop lives in the activity, not
// here, so that a run stays at a dozen history events however much it drains.
import { patched, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import type { Activities, DrainResult } from '../activities/activities.ts';

/** Of a drain that heartbeats each second: how soon a dead worker's drain goes to another one. */
const heartbeatTimeout = '5 seconds';
/** Above the largest DRAIN_BUDGET_MS. The heartbeat finds what is dead long before. */
const startToCloseTimeout = '11 minutes';

export type ProjectionToDrain = 'read-model' | 'ledger';

/** Drains one projection until the activity's budget is used up. */
export async function drain(projection: ProjectionToDrain): Promise<DrainResult> {
  const { drainProjection } = proxyActivities<Activities>({
    startToCloseTimeout,
    heartbeatTimeout,
    retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '10 seconds' },
    summary: `drain ${projection}`,
  });
  setCurrentDetails(
    `Draining **${projection}**. While this run goes on, its pending activity shows the position in its heartbeat, and the reason where it fails.`,
  );
  let result = await drainProjection({ projection });
  // A worker that shuts down hands over at once, and behind a rebuild that moved the checkpoint the drain goes on at once;
  // without this both would wait for the next run. Once: of two drains side by side one has to leave the field.
  const goesOn =
    result.reason === 'shutdown' || (result.reason === 'superseded' && patched('goes on behind superseded'));
  if (goesOn) result = added(result, await drainProjection({ projection }));
  setCurrentDetails(inWords(projection, result));
  return result;
}

function added(first: DrainResult, second: DrainResult): DrainResult {
  return {
    ...second,
    processed: first.processed + second.processed,
    parked: first.parked + second.parked,
    resolved: first.resolved + second.resolved,
  };
}

const endsInWords: Readonly<Record<DrainResult['reason'], string>> = {
  budget: 'its time was used up; the next run is already waiting',
  shutdown: 'its worker was shut down',
  superseded: 'something else moved its checkpoint: another drain, or a rebuild',
};

function inWords(projection: ProjectionToDrain, result: DrainResult): string {
  const { processed, parked, resolved, position, reason } = result;
  return [
    `Drained **${projection}** up to position ${position ?? 'unknown'}: ${processed} events,`,
    `${parked} of them parked, ${resolved} parked ones taken after all.`,
    `The run ended because ${endsInWords[reason]}.`,
  ].join(' ');
}
