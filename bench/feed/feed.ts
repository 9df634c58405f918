// `npm run bench -- feed`: how soon an event is in a stream and at a webhook, what failing endpoints cost the
// others, what many streams cost a process, and what all of this costs the command path.
import type { BenchEnvironment } from '../environment.ts';
import type { ChosenGenerator } from '../load/choose.ts';
import type { BenchOptions } from '../options.ts';
import { printTargets, type Result } from '../report.ts';
import { measureCommandPath } from './commandPath.ts';
import { measureDelays } from './delays.ts';
import { measureFailing } from './failing.ts';
import { measureManyStreams } from './manyStreams.ts';

const sharing =
  'API, worker, PostgreSQL, Redis, Elasticsearch, Temporal, the load generator, the readers of streams and the ' +
  'receivers of webhooks share this machine.';

export async function benchFeed(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  console.log(sharing);
  const delays = await measureDelays(environment, options, generator);
  const failing = await measureFailing(environment, options);
  const manyStreams = await measureManyStreams(environment, options);
  const commandPath = await measureCommandPath(environment, options, generator);
  const targets = [...delays.targets, ...failing.targets, ...commandPath.targets];
  printTargets(targets);
  return { sharing, delays, failing, manyStreams, commandPath, targets };
}
