// Runs every row of a benchmark once a round, so that a noisy minute of the machine falls on all of them and not on
// one, and tells how far it is.
import type { BenchEnvironment } from './environment.ts';

/** One row: what it is called and how one round of it is measured. */
export interface Row<Prepared, Value> {
  readonly name: string;
  readonly measure: (prepared: Prepared, environment: BenchEnvironment) => Promise<Value>;
}

export interface RoundsOptions<Prepared, Value> {
  readonly rounds: number;
  readonly rows: readonly Row<Prepared, Value>[];
  /** What all rows of one round use: databases and processes. */
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
    // Every other round backwards: a row is not always measured on a database that the same rows filled before.
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
