// Runs every row of a benchmark once a round and reports progress. So a noisy minute of the machine falls on
// all rows and not on one.
import type { BenchEnvironment } from './environment.ts';

/** One row of a benchmark's table: its name, and the function that measures it in one round. */
export interface Row<Prepared, Value> {
  readonly name: string;
  readonly measure: (prepared: Prepared, environment: BenchEnvironment) => Promise<Value>;
}

export interface RoundsOptions<Prepared, Value> {
  readonly rounds: number;
  readonly rows: readonly Row<Prepared, Value>[];
  /** Makes the databases and processes that all rows of one round use. */
  readonly prepare: (round: number, environment: BenchEnvironment) => Promise<Prepared>;
  readonly dismiss: (prepared: Prepared) => Promise<void>;
}

/** The values of each row, by name, one a round. */
export async function runRounds<Prepared, Value>(
  environment: BenchEnvironment,
  options: RoundsOptions<Prepared, Value>,
): Promise<Map<string, Value[]>> {
  const { rounds, rows } = options;
  const values = new Map(rows.map(({ name }): [string, Value[]] => [name, []]));
  const startedAt = performance.now();
  let done = 0;
  for (let round = 1; round <= rounds; round += 1) {
    environment.say(`round ${round} of ${rounds}: databases, servers, warm-up`);
    const prepared = await options.prepare(round, environment);
    // Every other round runs backwards, so that a row does not always find a database filled by the same
    // rows.
    for (const { name, measure } of round % 2 === 1 ? rows : rows.toReversed()) {
      environment.signal.throwIfAborted();
      const left = timeLeft(performance.now() - startedAt, done, rows.length * rounds);
      environment.say(`round ${round} of ${rounds}, ${done + 1} of ${rows.length * rounds}: ${name}${left}`);
      values.get(name)?.push(await measure(prepared, environment));
      done += 1;
    }
    await options.dismiss(prepared);
  }
  return values;
}

function timeLeft(elapsedMs: number, done: number, all: number): string {
  if (done === 0) return '';
  const seconds = Math.round(((elapsedMs / done) * (all - done)) / 1e3);
  return `, about ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} left`;
}
