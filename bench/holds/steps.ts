// Sends commands from a number of connections, one after the other on each, and times every step. A step that
// is answered with anything but 2xx ends the benchmark.
import { Pool } from 'undici';
import { harnessKey } from '../../harness/keys.ts';
import { newKeyPrefix } from '../load/requests.ts';
import { latencyOf } from '../statistics.ts';
import type { Latency } from '../load/load.ts';

export interface Step {
  readonly name: string;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

/** The steps of one turn. `id` is in no other turn. */
export type Turn = (id: string) => readonly Step[];

export interface StepResults {
  /** By the name of the step. */
  readonly latencyMs: Readonly<Record<string, Latency>>;
  readonly commands: number;
  readonly seconds: number;
}

const answerWithinMs = 60_000;

/** Plays turns until `until` is true, and at most `turnsMax` on each connection. */
export async function playSteps(
  url: string,
  turn: Turn,
  { connections, until, turnsMax }: { connections: number; until: () => boolean; turnsMax: number },
): Promise<StepResults> {
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout: answerWithinMs });
  const prefix = newKeyPrefix();
  const times = new Map<string, number[]>();
  const startedAt = performance.now();
  let commands = 0;
  const play = async (connection: number): Promise<void> => {
    for (let turns = 0; turns < turnsMax && !until(); turns += 1) {
      for (const step of turn(`${prefix}-${connection}-${turns}`)) {
        const sentAt = performance.now();
        await send(pool, step, `${prefix}-${connection}-${turns}-${step.name}`);
        const list = times.get(step.name) ?? [];
        times.set(step.name, list);
        list.push(performance.now() - sentAt);
        commands += 1;
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, (_, connection) => play(connection)));
  } finally {
    await pool.close();
  }
  const latencyMs = Object.fromEntries([...times].map(([name, list]) => [name, latencyOf(list)]));
  return { latencyMs, commands, seconds: (performance.now() - startedAt) / 1e3 };
}

async function send(pool: Pool, { method = 'POST', path, body = '{}' }: Step, key: string): Promise<void> {
  const headers = { ...harnessKey.headers, 'content-type': 'application/json' };
  const { statusCode, body: answer } = await pool.request({
    ...(method === 'POST'
      ? { method, body, headers: { ...headers, 'idempotency-key': key } }
      : { method, headers }),
    path,
  });
  const text = await answer.text();
  if (statusCode >= 300) throw new Error(`${method} ${path} was answered with ${statusCode}: ${text}`);
}

/** True after that many seconds. */
export function afterSeconds(seconds: number): () => boolean {
  const endAt = performance.now() + seconds * 1e3;
  return () => performance.now() >= endAt;
}
