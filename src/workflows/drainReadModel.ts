// Started by the schedule `drain-read-model`: brings new events into Elasticsearch for about a minute.
import type { DrainResult } from '../activities/activities.ts';
import { drain } from './drain.ts';

export async function drainReadModel(): Promise<DrainResult> {
  return drain('read-model');
}
