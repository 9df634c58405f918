// `npm run test:faults`: plays rounds of random histories against real processes while faults are injected.
// Each round is judged once the system is quiet. Ends with 1 if anything is lost, doubled, wrong or unknown.
import { listenToSignals } from '../../harness/environment.ts';
import { type Random, randomOf } from '../../harness/random.ts';
import { walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { StackError } from '../../stack/part.ts';
import type { ConsumersResult } from './consumers/consumers.ts';
import { type FaultEnvironment, startFaultEnvironment } from './faultEnvironment.ts';
import { type FaultRun, injectUntil, injectWhileConsumersAreLate } from './faultLoop.ts';
import { rebuildUnderReaders, type Rebuilt } from './history/rebuild.ts';
import type { Finding } from './history/recorded.ts';
import { playRound, type RoundResult, type SystemUnderTest } from './history/round.ts';
import { faultKinds } from './kinds/faultKinds.ts';
import { finishUpgrade, releaseFaults } from './kinds/releaseFaults.ts';
import { type FaultOptions, readOptions } from './options.ts';
import { report } from './report.ts';

/** Enough for a hundred faults, and few enough to judge a round in seconds. */
const historiesPerRound = 60;
/** Of a round, while it goes on. The report has them all. */
const findingsSaidMax = 3;
/** About three hundred calls a second, which leaves the machine enough to start what was killed. */
const shape = { clients: 4, callsPerClient: 16, atOnce: 6, thinkMaxMs: 200 };

interface Played {
  readonly rounds: RoundResult[];
  readonly faultRuns: FaultRun[];
  readonly findings: Finding[];
  consumers: ConsumersResult | undefined;
  rebuilt: Rebuilt | undefined;
}

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<readonly Finding[]> {
  const options = readOptions(process.argv.slice(2), faultKinds);
  const random = randomOf(options.seed);
  const { stop } = listenToSignals('Stopped before the end; what was played is reported.');
  const startedAt = performance.now();
  const environment = await startFaultEnvironment({
    random,
    say,
    signal: stop,
    beside: options.beside,
    keys: options.keys,
  });
  const played: Played = {
    ...{ rounds: [], faultRuns: [], findings: [] },
    ...{ consumers: undefined, rebuilt: undefined },
  };
  const { findings } = played;
  try {
    await play(environment, options, random, stop, played);
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    findings.push({ kind: 'unknown', detail: `the run broke off: ${what}` });
  } finally {
    await environment
      .heal()
      .catch((error: unknown) => findings.push({ kind: 'unknown', detail: `heal: ${String(error)}` }));
    findings.push(...environment.deaths.map((detail): Finding => ({ kind: 'invariant', detail })));
    await environment.close();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return report({ options, ...played, seconds });
}

/**
 * Plays rounds until the histories, the minutes or the signal end them. Then the consumers of the feed get
 * the rest, and the read model is rebuilt.
 */
async function play(
  environment: FaultEnvironment,
  { histories, minutes, seed, kinds, beside }: FaultOptions,
  random: Random,
  stop: AbortSignal,
  played: Played,
): Promise<void> {
  const { rounds, faultRuns, findings } = played;
  const system: SystemUnderTest = {
    urls: [environment.apiUrl],
    database: environment.database,
    elasticsearch: environment.elasticsearch,
    readModelAlias: walletsAlias(environment.indexPrefix),
    takeCopied: environment.proxies.api.takeCopied,
  };
  // The loop refers to it. Otherwise it would be collected as garbage, and the run would have no end.
  const timeUp = AbortSignal.timeout(minutes * 60_000);
  const end = AbortSignal.any([stop, timeUp]);
  const half = AbortSignal.timeout((minutes * 60_000) / 2);
  let isUpgrading = beside !== undefined;
  // Another release may know neither the feed nor webhooks.
  if (!isUpgrading) await environment.consumers.start();
  for (let done = 0; done < histories && !end.aborted;) {
    if (isUpgrading && half.aborted) {
      await finishUpgrade(environment);
      await environment.consumers.start();
      isUpgrading = false;
      say('faults: this release alone goes on, with every level open');
    }
    const possible = isUpgrading ? kinds : kinds.filter((kind) => !releaseFaults.includes(kind));
    const plan = {
      name: `r${rounds.length}`,
      seed: seed + done,
      histories: Math.min(historiesPerRound, histories - done),
      besideFormer: isUpgrading,
    };
    // The round of the upgrade ends with it, so that the other half of the run is left for what is new.
    const stopRound = isUpgrading ? AbortSignal.any([end, half]) : end;
    const round = await playRound(system, { ...plan, ...shape, stop: stopRound }, async (over) => {
      await injectUntil(environment, possible, random, over, faultRuns);
      await injectWhileConsumersAreLate(environment, possible, random, faultRuns);
    });
    rounds.push(round);
    done += round.histories;
    say(
      `round ${rounds.length}: ${done} histories, ${faultRuns.length} faults, ${round.findings.length} findings; ` +
        `webhooks accepted: ${environment.consumers.accepted().join(', ')}`,
    );
    // A long run is looked at before its end.
    for (const { kind, detail } of round.findings.slice(0, findingsSaidMax)) say(`  ${kind}: ${detail}`);
  }
  if (stop.aborted) return;
  played.consumers = await environment.consumers.finish();
  findings.push(...(played.consumers?.findings ?? []));
  const rebuilt = await rebuildUnderReaders(system);
  played.rebuilt = rebuilt;
  findings.push(...rebuilt.findings.map((detail): Finding => ({ kind: 'stale read', detail })));
  if (rebuilt.before !== rebuilt.after) {
    const detail = `I12: rebuilt to ${rebuilt.after}, kept up was ${rebuilt.before}`;
    findings.push({ kind: 'invariant', detail });
  }
}

try {
  const findings = await main();
  process.exit(findings.length === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exit(1);
}
