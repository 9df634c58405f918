// What a run leaves behind: tables on the terminal and one JSON file.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commit } from '../../bench/machine.ts';
import { printTable } from '../../bench/report.ts';
import { root } from '../../stack/paths.ts';
import type { Rebuilt } from './history/rebuild.ts';
import { type RoundResult, sumOf } from './history/round.ts';
import type { Finding } from './history/recorded.ts';
import type { FaultOptions } from './options.ts';
import { type Strike, strikesWanted } from './faultLoop.ts';

const findingsShownMax = 20;

export interface Run {
  readonly options: FaultOptions;
  readonly rounds: readonly RoundResult[];
  readonly strikes: readonly Strike[];
  readonly rebuilt: Rebuilt | undefined;
  /** Beyond those of the rounds. */
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** Prints and writes the report; gives everything that is red. */
export async function report({
  options,
  rounds,
  strikes,
  rebuilt,
  ...run
}: Run): Promise<readonly Finding[]> {
  const { name, seed } = options;
  const struckIn = (own: readonly Strike[]) => own.reduce((total, { struck }) => total + struck, 0);
  const struckBy = (kind: string) => struckIn(strikes.filter((strike) => strike.kind === kind));
  // A fault that never struck proves nothing by doing no harm.
  const tooFew = options.kinds
    .filter(({ kind }) => struckBy(kind) < options.require)
    .map(({ kind }): Finding => ({
      kind: 'too few strikes',
      detail: `"${kind}" struck ${struckBy(kind)} times, and ${options.require} were asked for`,
    }));
  const findings = [...rounds.flatMap((round) => round.findings), ...run.findings, ...tooFew];
  const found = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).length;
  const sum = (of: (round: RoundResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const totals = {
    seed,
    histories: sum((round) => round.histories),
    ...sumOf(rounds.map((round) => round.counts)),
    events: sum((round) => round.events),
    snapshots: sum((round) => round.snapshots),
    missedLooks: sum((round) => round.missedLooks),
    invariantChecks: sum((round) => round.invariantChecks),
    ...{ lost: found('lost'), duplicated: found('duplicated'), unknown: found('unknown') },
    findings: findings.length,
  };
  const carriedOutById = new Map(
    rounds.flatMap((round) => round.unheard).map(({ id, carriedOut }) => [id, carriedOut]),
  );
  const kinds = options.kinds.map(({ kind, part }) => {
    const own = strikes.filter((strike) => strike.kind === kind);
    const struck = struckIn(own);
    const failed = own.filter(({ failure }) => failure !== undefined).length;
    const seconds = Math.round(own.reduce((total, strike) => total + strike.ms, 0) / 1_000);
    const short = Math.max(0, strikesWanted - struck);
    return { kind, part, attempts: own.length, failed, seconds, struck, short };
  });
  // Of the calls that were with the struck process: a call with an answer all the same was answered before it died.
  const crashes = options.kinds.flatMap(({ kind }) => {
    const own = strikes.filter((strike) => strike.kind === kind && strike.inHand.length > 0);
    const ends = own.flatMap(({ inHand }) => inHand).map((id) => carriedOutById.get(id));
    if (ends.length === 0) return [];
    const carriedOut = ends.filter((end) => end === true).length;
    const notCarriedOut = ends.filter((end) => end === false).length;
    return [{ kind, processes: own.length, inHand: ends.length, carriedOut, notCarriedOut }];
  });
  const recoveries = strikes
    .flatMap(({ recoveredMs }) => recoveredMs ?? [])
    .sort((one, other) => one - other);
  const recovery = {
    measured: recoveries.length,
    p50Ms: Math.round(recoveries[Math.floor(recoveries.length / 2)] ?? 0),
    worstMs: Math.round(recoveries.at(-1) ?? 0),
  };

  printTable(
    'Histories',
    ['', ''],
    Object.entries(totals).map(([what, count]) => [what, String(count)]),
  );
  printTable(
    'Faults',
    ['kind', 'part', 'attempts', 'failed', 'seconds', 'struck', `short of ${strikesWanted}`],
    kinds.map((each) => Object.values(each).map(String)),
  );
  printTable(
    'Calls that were with an API process when it was killed',
    ['killed', 'processes', 'in hand', 'carried out', 'not carried out'],
    crashes.map((each) => Object.values(each).map(String)),
  );
  printTable(
    'Worker killed alone → log projected',
    ['measured', 'p50 ms', 'worst ms'],
    [Object.values(recovery).map(String)],
  );
  const rebuild = rebuilt && { ...rebuilt, isEqual: rebuilt.before === rebuilt.after };
  if (rebuild)
    console.log(
      `\nRebuild: ${rebuild.documents} documents, ${rebuild.isEqual ? 'equal' : 'DIFFERENT'}, ${rebuild.reads} reads meanwhile`,
    );
  console.log('I11 (hash chain): this service has none.');
  for (const { kind, detail } of findings.slice(0, findingsShownMax)) console.log(`RED ${kind}: ${detail}`);
  const verdict = findings.length === 0 ? 'everything holds' : `${findings.length} findings`;
  console.log(`\nSeed ${seed}: ${verdict}. --seed ${seed} plays the same histories.`);

  const folder = path.join(root, 'test', 'faults', 'results');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  const failures = strikes.flatMap(({ kind, failure }) =>
    failure === undefined ? [] : [`${kind}: ${failure}`],
  );
  const record = {
    at: new Date().toISOString(),
    commit: commit(),
    minutes: options.minutes,
    kindsPlayed: options.kinds.length,
    seconds: Math.round(run.seconds),
    totals,
    kinds,
    crashes,
    failures,
    recovery,
    rebuild,
    findings,
  };
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`Written to ${path.relative(root, file)}`);
  return findings;
}
