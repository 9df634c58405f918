// `npm run test:faults`: rounds of random histories against real processes while faults strike, each round judged after
// quiet. Ends with 1 when anything is lost, doubled, wrong or unknown.
import { walletsAlias } from '../../src/projections/readModel/readModelIndex.ts';
import { StackError } from '../../stack/part.ts';
import { randomOf } from '../../harness/random.ts';
import { rebuildUnderReaders, type Rebuilt } from './history/rebuild.ts';
import type { Finding } from './history/recorded.ts';
import { type Ground, playRound, type RoundResult } from './history/round.ts';
import { readOptions } from './options.ts';
import { report } from './report.ts';
import { startStand } from './faultEnvironment.ts';
import { type Strike, strikeUntil } from './faultLoop.ts';
import { faultKinds } from './kinds/faultKinds.ts';

/** Enough for a hundred strikes; few enough that a round is judged in seconds. */
const historiesPerRound = 60;
/** About three hundred calls a second, which leaves the machine to starting what was killed. */
const shape = { clients: 4, callsPerClient: 12, atOnce: 6, thinkMaxMs: 150 };

async function main(): Promise<readonly Finding[]> {
  const options = readOptions(process.argv.slice(2), faultKinds);
  const { histories, minutes, seed, kinds } = options;
  const random = randomOf(seed);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const)
    process.on(signal, () => {
      stop.abort(new StackError('Stopped before the end; what was played is reported.'));
    });
  process.channel?.unref();
  const startedAt = performance.now();
  const stand = await startStand({ random, say, signal: stop.signal });
  const rounds: RoundResult[] = [];
  const strikes: Strike[] = [];
  const findings: Finding[] = [];
  let rebuilt: Rebuilt | undefined;
  try {
    const ground: Ground = {
      urls: [stand.urls.api],
      database: stand.database,
      elasticsearch: stand.elasticsearch,
      readModelAlias: walletsAlias(stand.indexPrefix),
      takeCopied: stand.proxies.api.takeCopied,
    };
    const end = AbortSignal.any([stop.signal, AbortSignal.timeout(minutes * 60_000)]);
    for (let played = 0; played < histories && !end.aborted;) {
      const plan = {
        name: `r${rounds.length}`,
        seed: seed + played,
        histories: Math.min(historiesPerRound, histories - played),
      };
      const round = await playRound(ground, { ...plan, ...shape, stop: end }, (over) =>
        strikeUntil(stand, kinds, random, over, strikes),
      );
      rounds.push(round);
      played += round.histories;
      say(
        `round ${rounds.length}: ${played} histories, ${strikes.length} strikes, ${round.findings.length} findings`,
      );
    }
    if (!stop.signal.aborted) rebuilt = await rebuildUnderReaders(ground);
    findings.push(...(rebuilt?.findings ?? []).map((detail): Finding => ({ kind: 'stale read', detail })));
    if (rebuilt !== undefined && rebuilt.before !== rebuilt.after)
      findings.push({
        kind: 'invariant',
        detail: `I12: rebuilt to ${rebuilt.after}, kept up was ${rebuilt.before}`,
      });
  } catch (error) {
    findings.push({
      kind: 'unknown',
      detail: `the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    });
  } finally {
    await stand
      .calm()
      .catch((error: unknown) => findings.push({ kind: 'unknown', detail: `calm: ${String(error)}` }));
    findings.push(...stand.deaths.map((detail): Finding => ({ kind: 'invariant', detail })));
    await stand.close();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return report({ options, rounds, strikes, rebuilt, findings, seconds });
}

try {
  const findings = await main();
  process.exit(findings.length === 0 ? 0 : 1);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  process.exit(1);
}
