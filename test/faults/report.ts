// Reports a run under faults: tables on the terminal and one JSON file.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { commit, printTable } from '../../harness/reporting.ts';
import { root } from '../../stack/paths.ts';
import { type FaultRun, hitsWanted } from './faultLoop.ts';
import { answerKinds } from './consumers/answers.ts';
import type { ConsumersResult } from './consumers/consumers.ts';
import type { Rebuilt } from './history/rebuild.ts';
import { accepted, type Outcomes, sumOfOutcomes } from './history/outcomes.ts';
import { type RoundResult, sumOf } from './history/round.ts';
import type { Finding } from './history/recorded.ts';
import type { FaultOptions } from './options.ts';

const findingsShownMax = 20;

export interface Run {
  readonly options: FaultOptions;
  readonly rounds: readonly RoundResult[];
  readonly faultRuns: readonly FaultRun[];
  readonly consumers: ConsumersResult | undefined;
  readonly rebuilt: Rebuilt | undefined;
  /** Findings beyond those of the rounds. */
  readonly findings: readonly Finding[];
  readonly seconds: number;
}

/** Prints and writes the report. Gives all findings. */
export async function report(run: Run): Promise<readonly Finding[]> {
  const { options, faultRuns, rounds } = run;
  const findings = [
    ...rounds.flatMap((round) => round.findings),
    ...run.findings,
    ...kindsHitTooSeldom(options, faultRuns),
    ...commandsNeverAccepted(rounds),
    ...answersNeverGiven(run),
  ];
  const summary = {
    totals: totalsOf(options.seed, rounds, findings),
    commands: sumOfOutcomes(rounds.map(({ outcomes }) => outcomes)),
    kinds: options.kinds.map((kind) => summaryOf(kind, faultRuns)),
    crashes: crashesOf(run),
    recovery: recoveryOf(faultRuns),
    consumers: run.consumers,
    rebuild: run.rebuilt && { ...run.rebuilt, isEqual: run.rebuilt.before === run.rebuilt.after },
  };
  print(options.seed, summary, findings);
  const record = {
    at: new Date().toISOString(),
    commit: commit(),
    minutes: options.minutes,
    kindsPlayed: options.kinds.length,
    seconds: Math.round(run.seconds),
    totals: summary.totals,
    commands: summary.commands,
    kinds: summary.kinds,
    crashes: summary.crashes,
    failures: faultRuns.flatMap(({ kind, failure }) =>
      failure === undefined ? [] : [`${kind}: ${failure}`],
    ),
    recovery: summary.recovery,
    consumers: summary.consumers && { ...summary.consumers, findings: undefined },
    rebuild: summary.rebuild,
    findings,
  };
  await writeRecord(options.name, record);
  return findings;
}

type FaultKind = FaultOptions['kinds'][number];

function hitsIn(faultRuns: readonly FaultRun[]): number {
  return faultRuns.reduce((total, { hits }) => total + hits, 0);
}

/** A fault that never took effect proves nothing by doing no harm. */
function kindsHitTooSeldom(
  { kinds, require }: FaultOptions,
  faultRuns: readonly FaultRun[],
): readonly Finding[] {
  return kinds.flatMap(({ kind }): readonly Finding[] => {
    const hits = hitsIn(faultRuns.filter((each) => each.kind === kind));
    if (hits >= require) return [];
    const detail = `"${kind}" took effect ${hits} times, and ${require} were asked for`;
    return [{ kind: 'too few faults', detail }];
  });
}

/** Each kind of request that a history may send. */
const kindsOfRequests = [
  ...['create', 'credit', 'debit', 'transfer', 'place', 'capture', 'void', 'adjust', 'reverse'],
  ...['freeze', 'unfreeze', 'close', 'limits', 'velocity', 'alerts', 'details'],
];

/** A command that is only refused proves little. */
function commandsNeverAccepted(rounds: readonly RoundResult[]): readonly Finding[] {
  const outcomes = sumOfOutcomes(rounds.map((round) => round.outcomes));
  const never = kindsOfRequests.filter((kind) => outcomes[kind]?.[accepted] === undefined);
  return never.map((kind) => ({ kind: 'too few commands', detail: `no ${kind} was accepted` }));
}

/** A receiver that never failed in one of its ways proves little. A quick run is too short for all. */
function answersNeverGiven({ options, consumers }: Run): readonly Finding[] {
  if (consumers === undefined || options.quick) return [];
  return consumers.receivers.flatMap(({ name, answers }) =>
    answerKinds
      .filter((kind) => answers[kind] === 0)
      .map((kind): Finding => ({ kind: 'too few faults', detail: `${name} never answered with "${kind}"` })),
  );
}

function totalsOf(seed: number, rounds: readonly RoundResult[], findings: readonly Finding[]) {
  const found = (kind: Finding['kind']) => findings.filter((finding) => finding.kind === kind).length;
  const sum = (of: (round: RoundResult) => number) => rounds.reduce((total, round) => total + of(round), 0);
  return {
    seed,
    histories: sum((round) => round.histories),
    ...sumOf(rounds.map((round) => round.counts)),
    events: sum((round) => round.events),
    snapshots: sum((round) => round.snapshots),
    missedLooks: sum((round) => round.missedSnapshots),
    invariantChecks: sum((round) => round.invariantChecks),
    ...{ lost: found('lost'), duplicated: found('duplicated'), unknown: found('unknown') },
    findings: findings.length,
  };
}

function summaryOf({ kind, part }: FaultKind, faultRuns: readonly FaultRun[]) {
  const own = faultRuns.filter((each) => each.kind === kind);
  const struck = hitsIn(own);
  return {
    kind,
    part,
    attempts: own.length,
    failed: own.filter(({ failure }) => failure !== undefined).length,
    seconds: Math.round(own.reduce((total, each) => total + each.ms, 0) / 1_000),
    struck,
    short: Math.max(0, hitsWanted - struck),
  };
}

/**
 * Counts the calls in flight at a killed process. A call with an answer was answered before the process died.
 */
function crashesOf({ options, rounds, faultRuns }: Run) {
  const carriedOutById = new Map(
    rounds.flatMap((round) => round.unheard).map(({ id, carriedOut }) => [id, carriedOut]),
  );
  return options.kinds.flatMap(({ kind }) => {
    const own = faultRuns.filter((each) => each.kind === kind && each.inFlight.length > 0);
    const ends = own.flatMap(({ inFlight }) => inFlight).map((id) => carriedOutById.get(id));
    if (ends.length === 0) return [];
    const carriedOut = ends.filter((end) => end === true).length;
    const notCarriedOut = ends.filter((end) => end === false).length;
    return [{ kind, processes: own.length, inHand: ends.length, carriedOut, notCarriedOut }];
  });
}

function recoveryOf(faultRuns: readonly FaultRun[]) {
  const recoveries = faultRuns
    .flatMap(({ recoveredMs }) => recoveredMs ?? [])
    .sort((one, other) => one - other);
  return {
    measured: recoveries.length,
    p50Ms: Math.round(recoveries[Math.floor(recoveries.length / 2)] ?? 0),
    worstMs: Math.round(recoveries.at(-1) ?? 0),
  };
}

interface Summary {
  readonly totals: ReturnType<typeof totalsOf>;
  readonly commands: Outcomes;
  readonly kinds: readonly ReturnType<typeof summaryOf>[];
  readonly crashes: ReturnType<typeof crashesOf>;
  readonly recovery: ReturnType<typeof recoveryOf>;
  readonly consumers: ConsumersResult | undefined;
  readonly rebuild: (Rebuilt & { readonly isEqual: boolean }) | undefined;
}

function print(seed: number, summary: Summary, findings: readonly Finding[]): void {
  const { totals, commands, kinds, crashes, recovery, consumers, rebuild } = summary;
  printTable(
    'Histories',
    ['', ''],
    Object.entries(totals).map(([what, count]) => [what, String(count)]),
  );
  printTable(
    'Commands',
    ['command', 'outcome', 'times'],
    Object.entries(commands).flatMap(([kind, counts]) =>
      Object.entries(counts)
        .toSorted(([, one], [, other]) => other - one)
        .map(([outcome, times]) => [kind, outcome, String(times)]),
    ),
  );
  printTable(
    'Faults',
    ['kind', 'part', 'attempts', 'failed', 'seconds', 'took effect', `short of ${hitsWanted}`],
    kinds.map((each) => Object.values(each).map(String)),
  );
  printTable(
    'Calls that were with an API process when it was killed',
    ['killed', 'processes', 'in flight', 'carried out', 'not carried out'],
    crashes.map((each) => Object.values(each).map(String)),
  );
  printTable(
    'Worker killed alone → log projected',
    ['measured', 'p50 ms', 'worst ms'],
    [Object.values(recovery).map(String)],
  );
  if (consumers) printConsumers(consumers);
  if (rebuild) {
    const verdict = rebuild.isEqual ? 'equal' : 'DIFFERENT';
    console.log(`\nRebuild: ${rebuild.documents} documents, ${verdict}, ${rebuild.reads} reads meanwhile`);
  }
  console.log('I11 (hash chain): this service has none.');
  for (const { kind, detail } of findings.slice(0, findingsShownMax)) console.log(`RED ${kind}: ${detail}`);
  const verdict = findings.length === 0 ? 'everything holds' : `${findings.length} findings`;
  console.log(`\nSeed ${seed}: ${verdict}. --seed ${seed} plays the same histories.`);
}

function printConsumers({ receivers, readers, nudges, drainMs }: ConsumersResult): void {
  printTable(
    'Receivers of webhooks',
    ['', 'events', 'requests', ...answerKinds, 'accepted again', 'missing', 'early'],
    receivers.map(({ name, events, requests, answers, repeated, missing, early }) => [
      name,
      ...[events, requests, ...answerKinds.map((kind) => answers[kind]), repeated, missing, early].map(
        String,
      ),
    ]),
  );
  printTable(
    'Readers of the feed',
    ['', 'events', 'connections', 'left', 'failed', 'shown again', 'missing', 'out of order'],
    readers.map(({ name, events, connections, left, failed, repeated, missing, early }) => [
      name,
      ...[events, connections, left, failed, repeated, missing, early].map(String),
    ]),
  );
  console.log(
    `\nAn operator nudged ${nudges} times. Everything had arrived ${drainMs} ms after the last round.`,
  );
}

async function writeRecord(name: string, record: object): Promise<void> {
  const folder = path.join(root, 'test', 'faults', 'results');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
  console.log(`Written to ${path.relative(root, file)}`);
}
