// Reads the facts about Temporal: the server, the workers, and the schedules that keep the projections going.
import type { Schedules } from '../../temporal/schedules.ts';
import type { TemporalFacts } from '../facts.ts';

const scheduleNames = ['drain-read-model', 'drain-ledger', 'retry-stale-events', 'prune-outbox'];

export async function readTemporalFacts(
  recoveries: Pick<Schedules, 'temporalFacts' | 'schedule'>,
  taskQueue: string,
): Promise<TemporalFacts> {
  const [{ serverVersion, workers }, ...schedules] = await Promise.all([
    recoveries.temporalFacts(),
    ...scheduleNames.map(async (name) => ({ name, state: (await recoveries.schedule(name)) ?? null })),
  ]);
  return { serverVersion, taskQueue, workers, schedules };
}
