// `npm run bench -- <name>`: runs a benchmark of the product on its own stack. Tables go to stdout, progress
// to stderr, and the record to bench/results. Ends with 1 if the database contradicts the acknowledged
// commands.
import { reachLoopbackDirectly } from '../src/loopbackDirect.ts';
import { startFailure } from '../src/startFailure.ts';
import { type PartName, partNames } from '../stack/part.ts';
import { benchCommands } from './commands.ts';
import { type ChosenGenerator, chooseGenerator } from './load/choose.ts';
import { describeSurroundings } from './machine.ts';
import { type BenchmarkName, type BenchOptions, readOptions } from './options.ts';
import { benchFeed } from './feed/feed.ts';
import { benchGrowth } from './growth/growth.ts';
import { benchHolds } from './holds/holds.ts';
import { benchProcesses } from './processes.ts';
import { benchProjections } from './projections/projections.ts';
import { benchRebuild } from './rebuild/rebuild.ts';
import { type Result, writeResult } from './report.ts';
import { benchResilience } from './resilience/resilience.ts';
import { benchScale } from './scale.ts';
import { ConsistencyError } from './database/check.ts';
import { type BenchEnvironment, withBenchEnvironment } from './environment.ts';
import { createSetClock } from './year/setClock.ts';
import { benchYear } from './year/year.ts';

/** Prints its tables and gives the record. */
type Benchmark = (
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
) => Promise<Result>;

/** The command path needs these. The other benchmarks need the whole stack. */
const commandParts: readonly PartName[] = ['postgres', 'redis'];

const benchmarks: Readonly<
  Record<
    BenchmarkName,
    { readonly run: Benchmark; readonly parts: readonly PartName[]; readonly setsClock?: boolean }
  >
> = {
  commands: { run: benchCommands, parts: commandParts },
  scale: { run: benchScale, parts: commandParts },
  growth: { run: benchGrowth, parts: commandParts },
  processes: { run: benchProcesses, parts: commandParts },
  resilience: { run: benchResilience, parts: commandParts },
  projections: { run: benchProjections, parts: partNames },
  rebuild: { run: benchRebuild, parts: partNames },
  holds: { run: benchHolds, parts: partNames },
  feed: { run: benchFeed, parts: partNames },
  year: { run: benchYear, parts: partNames, setsClock: true },
};

const failuresShownMax = 10;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const generator = chooseGenerator(process.env);
  const { run, parts, setsClock = false } = benchmarks[options.benchmark];
  const clock = setsClock ? createSetClock() : undefined;
  try {
    await withBenchEnvironment(
      parts,
      options.keys,
      async (environment) => {
        const surroundings = await describeSurroundings(environment.stack, generator.name);
        const result = await run(environment, options, generator);
        await writeResult(options, surroundings, result);
        const { failures = [] } = result;
        if (failures.length > 0) throw new ConsistencyError(failures.slice(0, failuresShownMax).join('\n'));
      },
      clock,
    );
  } finally {
    clock?.close();
  }
}

reachLoopbackDirectly(process.env);
try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof ConsistencyError) console.error(`\nFAILED: ${error.message}`);
  else {
    const reason = startFailure(error);
    if (reason === undefined) throw error;
    console.error(reason);
  }
  process.exit(1);
}
