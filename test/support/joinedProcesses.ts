// API processes on one test database that hand their commands over to one of them.
import { randomBytes, randomUUID } from 'node:crypto';
import { answerOf } from '../../src/api/wallets/walletAnswer.ts';
import type { CommandPathDeps } from '../../src/commands/commandPath.ts';
import { type Handover, startHandover } from '../../src/commands/handover/startHandover.ts';
import type { Config } from '../../src/config/config.ts';
import { createTestApi, type TestApi, testConfig } from './api.ts';
import { createTestDatabase } from './database.ts';
import { eventually } from './eventually.ts';

export interface JoinedProcess {
  readonly id: string;
  readonly api: TestApi;
  readonly handover: Handover;
  readonly counted: { handed: number; taken: number; recalled: number };
}

export interface JoinedProcesses {
  readonly config: Config;
  readonly secret: Buffer;
  readonly processes: readonly JoinedProcess[];
  /** Starts one more process. The parts of its command path may be replaced. */
  readonly start: (replaced?: Partial<CommandPathDeps>) => JoinedProcess;
  /** Resolves once one process commits, and another one is known to hand over to it. */
  readonly joined: () => Promise<{ readonly committer: JoinedProcess; readonly sender: JoinedProcess }>;
  readonly close: () => Promise<void>;
}

export async function createJoinedProcesses(
  settings: Readonly<Record<string, string>> = {},
  secret: Buffer = randomBytes(32),
): Promise<JoinedProcesses> {
  const database = await createTestDatabase();
  const config = testConfig(database.url, settings);
  const processes: JoinedProcess[] = [];
  const closed = new Set<JoinedProcess>();

  function start(replaced: Partial<CommandPathDeps> = {}): JoinedProcess {
    const id = randomUUID();
    const counted = { handed: 0, taken: 0, recalled: 0 };
    const api = createTestApi(
      config,
      { processId: id, ...replaced },
      { submit: (submission) => handover.submit(submission), refuses: () => handover.refuses() },
    );
    const handover = startHandover({
      queue: api.commands,
      redis: api.redis,
      redisUrl: config.REDIS_URL,
      keyPrefix: config.REDIS_KEY_PREFIX,
      ...{ processId: id, secret, pool: api.pool, databaseUrl: config.DATABASE_URL },
      renderOf: (correlationId) => (outcome) => answerOf(outcome, correlationId),
      queueLengthMax: config.COMMAND_QUEUE_LENGTH_MAX,
      ...{ busyCount: 1, waitMaxMs: 60_000, recallTimeMaxMs: 10_000, stopRecallTimeMaxMs: 10_000 },
      onHanded: (count) => (counted.handed += count),
      onTaken: (count) => (counted.taken += count),
      onRecalled: (count) => (counted.recalled += count),
      onError: () => undefined,
    });
    const process = { id, api, handover, counted };
    processes.push(process);
    return process;
  }

  return {
    ...{ config, secret },
    processes,
    start,
    joined: () =>
      eventually(() => {
        const alive = processes.filter((process) => !closed.has(process));
        const committer = alive.find(({ handover }) => handover.isCommitter());
        const sender = alive.find(({ handover }) => handover.handsTo() === committer?.id);
        if (committer === undefined || sender === undefined) throw new Error('nobody hands over yet');
        return Promise.resolve({ committer, sender });
      }),
    async close() {
      for (const process of processes) await process.handover.close();
      await Promise.all(processes.map(({ api }) => api.close()));
      await database.drop();
    },
  };
}
