// Started by the schedule `drain-ledger`: books new events in the ledger for about a minute.
import type { DrainResult } from '../activities/activities.ts';
import { drain } from './drain.ts';

export async function drainLedger(): Promise<DrainResult> {
  return drain('ledger');
}
