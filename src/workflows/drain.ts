// The drain workflows. Their schedules start them again and again, and one run projects new events for about
// a minute. The loop lives in the activity, so a run keeps a dozen history events however many events it
// drains. The first two projections have types of their own, which stored histories and schedules name.
import { ApplicationFailure, patched, setCurrentDetails } from '@temporalio/workflow';
import type { DrainResult } from '../activities/activities.ts';
import type { ProjectionName } from '../projections/registry.ts';
import { activitiesFor } from './activitiesFor.ts';
import { showWithForeign } from './showWithForeign.ts';

/** The schedule `drain-ledger` starts it: it books new events in the ledger. */
export async function drainLedger(...given: readonly unknown[]): Promise<DrainResult> {
  return drain('ledger', given);
}

/** The schedule `drain-read-model` starts it: it writes new events to Elasticsearch. */
export async function drainReadModel(...given: readonly unknown[]): Promise<DrainResult> {
  return drain('read-model', given);
}

/**
 * The schedules of all other projections start it with the projection's name. The activity refuses a name
 * that is not registered. This code does not, because it must replay with any registry.
 */
export async function drainProjection(...given: readonly unknown[]): Promise<DrainResult> {
  const [name, ...others] = given;
  if (typeof name === 'string' && projectionPattern.test(name)) return drain(name as ProjectionName, others);
  const sentence = 'the argument must be the name of a projection, such as "ledger"';
  setCurrentDetails(sentence);
  throw ApplicationFailure.nonRetryable(sentence, 'WrongArgument');
}

/** Any name that a registry may hold. Longer ones would not fit into the summary of an activity. */
const projectionPattern = /^[a-z][a-z-]{0,62}$/;

/** This name is stored in histories, so it keeps its old words. */
const goesOnPatch = 'goes on behind superseded';

async function drain(projection: ProjectionName, given: readonly unknown[]): Promise<DrainResult> {
  const { drainProjection } = activitiesFor('drain', `drain ${projection}`);
  const show = showWithForeign('a drain', given);
  show(
    `Draining **${projection}**. The pending activity shows the position in its heartbeat, and the reason if it fails.`,
  );
  let result = await drainProjection({ projection });
  // A worker that shuts down hands its drain over. A rebuild that moved the checkpoint ends the drain. Both
  // cases go on here instead of waiting for the next run. They go on only once, because one of two drains
  // side by side has to stop.
  const goesOn = result.reason === 'shutdown' || (result.reason === 'superseded' && patched(goesOnPatch));
  if (goesOn) result = addResults(result, await drainProjection({ projection }));
  show(summaryOf(projection, result));
  return result;
}

function addResults(first: DrainResult, second: DrainResult): DrainResult {
  return {
    ...second,
    processed: first.processed + second.processed,
    parked: first.parked + second.parked,
    resolved: first.resolved + second.resolved,
  };
}

const endReasons: Readonly<Record<DrainResult['reason'], string>> = {
  budget: 'its time was used up; the next run is already waiting',
  shutdown: 'its worker was shut down',
  superseded: 'another drain or a rebuild goes on with its events',
};

function summaryOf(projection: ProjectionName, result: DrainResult): string {
  const { processed, parked, resolved, position, reason } = result;
  return [
    `Drained **${projection}** up to position ${position ?? 'unknown'}: ${processed} events,`,
    `${parked} of them parked, ${resolved} parked ones taken after all.`,
    `The run ended because ${endReasons[reason]}.`,
  ].join(' ');
}
