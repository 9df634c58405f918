// Reads the command line of `npm run bench`.
import { parseArgs } from 'node:util';
import { StackError } from '../stack/part.ts';

const benchmarkNames = [
  ...(['commands', 'scale', 'growth', 'processes', 'resilience', 'projections'] as const),
  ...(['rebuild', 'holds', 'feed', 'year'] as const),
] as const;
export type BenchmarkName = (typeof benchmarkNames)[number];

export interface BenchOptions {
  readonly benchmark: BenchmarkName;
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** One short round of fewer rows, to see that everything works. Its results mean little. */
  readonly quick: boolean;
  /** The processes ask for API keys. */
  readonly keys: boolean;
}

const usage = `npm run bench -- <${benchmarkNames.join(' | ')}> [--rounds 3] [--seconds 5] [--quick] [--keys]

  commands    the command path: operations and connections, one at a time, the ceiling above, the append below
  scale       the same credits on few and many wallets, on short and long histories
  processes   one against two and four API processes on one database
  resilience  overload, Redis killed, connections terminated, replies cut off: nothing lost, nothing doubled
  projections from commit to visible under load; answers with and without projections in the request; a backlog
  rebuild     read model and ledger anew from 100,000 and 1,000,000 events, with and without traffic beside it
  holds       a wallet with many open holds, a million of them, rebuilds with holds, long lists
  growth      the same credits on logs of 50,000 to 20,000,000 events: throughput, write-ahead log, whole pages
  year        52 weeks by a clock that is set ahead: segments, generations and the archive at work, and rebuilds after
  feed        from commit to a stream and to a webhook, failing endpoints, 10,000 streams, the command path beside them

--keys makes the processes ask for API keys, as a deployment does.
BENCH_GENERATOR=autocannon uses the load generator from npm even if wrk is installed.`;

const roundsMax = 50;
const secondsMax = 600;

/** Throws StackError with the sentence to show. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parse(args);
  const benchmark = benchmarkNames.find((name) => name === positionals[0]);
  if (benchmark === undefined || positionals.length !== 1) throw new StackError(usage);
  const { quick = false, keys = false } = values;
  return {
    benchmark,
    quick,
    keys,
    rounds: whole('--rounds', values.rounds ?? (quick ? '1' : '3'), roundsMax),
    seconds: whole('--seconds', values.seconds ?? (quick ? '2' : '5'), secondsMax),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean' },
        keys: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new StackError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

function whole(name: string, text: string, max: number): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > max) {
    throw new StackError(`${name} must be a whole number from 1 to ${max}, not "${text}".`);
  }
  return number;
}
