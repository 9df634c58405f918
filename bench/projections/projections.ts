// `npm run bench -- projections`: measures how soon a committed event is visible, how much sooner callers
// have their answer because projections run after it, and how fast a backlog is processed.
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
