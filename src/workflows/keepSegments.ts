// Keeps segments of the log ahead of its head. The schedule `keep-segments` starts it each minute.
import type { KeptSegments } from '../activities/activities.ts';
import { activitiesFor } from './activitiesFor.ts';
import { showWithForeign } from './showWithForeign.ts';

/** It takes no arguments and no signals. */
export async function keepSegments(...given: readonly unknown[]): Promise<KeptSegments> {
  const show = showWithForeign('the upkeep of segments', given);
  show('Making segments of the log. The pending activity shows the reason if it fails.');
  const kept = await activitiesFor('upkeep', 'make segments of the log').keepSegments();
  show(`Made ${kept.made} segments${kept.converted ? ', after the log was converted' : ''}.`);
  return kept;
}
