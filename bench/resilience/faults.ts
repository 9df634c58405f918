// The faults of the phases. Each lasts a bounded time, while the clients go on.
import { setTimeout as pause } from 'node:timers/promises';
import type { Stack } from '../../stack/stack.ts';
import { withClient } from '../../harness/databases.ts';
import type { BenchDatabase } from '../database/databases.ts';

const redisAwayMs = 1_500;
const redisThereMs = 1_500;
const terminateEveryMs = 150;

/** Kills Redis by SIGKILL and starts it again, until the time is over. Gives the number of kills. */
export async function killRedis(stack: Stack, seconds: number, signal: AbortSignal): Promise<number> {
  const deadline = performance.now() + seconds * 1e3;
  let kills = 0;
  while (performance.now() < deadline) {
    const pid = stack.supervisor.processes().redis?.pid;
    if (pid === undefined) throw new Error('Redis does not run');
    // The supervisor has to know that this end is wanted. A SIGTERM from the supervisor and this SIGKILL
    // arrive together.
    const stopped = stack.supervisor.stop('redis');
    process.kill(pid, 'SIGKILL');
    await stopped;
    kills += 1;
    await pause(redisAwayMs, undefined, { signal });
    await stack.supervisor.start('redis');
    await pause(redisThereMs, undefined, { signal });
  }
  return kills;
}

/** Ends every connection of the API to PostgreSQL, again and again. Gives their number. */
export async function terminateConnections(
  database: BenchDatabase,
  seconds: number,
  signal: AbortSignal,
): Promise<number> {
  return withClient(database.url, async (client) => {
    const deadline = performance.now() + seconds * 1e3;
    let terminated = 0;
    while (performance.now() < deadline) {
      const { rowCount } = await client.query(
        `select pg_terminate_backend(pid)
           from pg_stat_activity
          where datname = current_database() and application_name like 'wallet-commands%'`,
      );
      terminated += rowCount ?? 0;
      await pause(terminateEveryMs, undefined, { signal });
    }
    return terminated;
  });
}
