// Runs after each test file and removes the schedules of the workers that it started. Otherwise Temporal goes
// on with them until the last test: those of four workers took 9 % of a core.
import { afterAll, inject } from 'vitest';
import { schedulePrefixes } from '../../harness/processes.ts';

afterAll(async () => {
  if (schedulePrefixes.size === 0) return;
  const { Client, Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const { schedule } = new Client({ connection });
  for await (const { scheduleId } of schedule.list()) {
    if (![...schedulePrefixes].some((prefix) => scheduleId.startsWith(prefix))) continue;
    // The list shows one for a moment after the test file has deleted it itself.
    await schedule.getHandle(scheduleId).delete().catch(ignoreAbsence);
  }
  schedulePrefixes.clear();
  await connection.close();
});

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof Error && error.name === 'ScheduleNotFoundError')) throw error;
}
