// `npm run bench -- projections`: measures how soon a committed event is visible and how fast a backlog is
// processed. It also measures how much sooner callers are answered because projections run after the answer.
import type { ChosenGenerator } from '../load/choose.ts';
import type { BenchOptions } from '../options.ts';
import { printTargets, type Result } from '../report.ts';
import type { BenchEnvironment } from '../environment.ts';
import { measureBacklog } from './backlog.ts';
import { measureLag } from './lag.ts';
import { compareSyncAsync } from './syncAsync.ts';

export async function benchProjections(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const lag = await measureLag(environment, options, generator);
  const backlog = await measureBacklog(environment, options);
  const syncAsync = await compareSyncAsync(environment, options, generator);
  const targets = [...lag.targets, ...backlog.targets, ...syncAsync.targets];
  printTargets(targets);
  return { lag, backlog, syncAsync, targets };
}
