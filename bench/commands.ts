// `npm run bench -- commands`: measures the command path under load. It is compared with the same framework
// without a command, with the append statement alone, and with the same code at one command at a time.
import type { ChosenGenerator } from './load/choose.ts';
import { type Operation, operations } from './load/load.ts';
import {
  type RowResult,
  resultOf,
  measure,
  measured,
  type Measured,
  type Sample,
  toSample,
} from './measure.ts';
import { warmUp } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { measureRawAppend } from './rawAppend.ts';
import { printTable } from '../harness/reporting.ts';
import { milliseconds, percent, perSecond, printTargets, type Result, type Target } from './report.ts';
import { ratioOf } from './ratio.ts';
import { type Row, runRounds } from './rounds.ts';
import {
  type BenchEnvironment,
  type BenchProcess,
  launchApi,
  launchCeiling,
  type Settings,
} from './environment.ts';

const wallets = 10_000;
const connectionsAll = [1, 8, 64, 256];
const connectionsQuick = [1, 64];
const rawRows = [1, 50, 500];

/** The API as it is, and the same code without group commit. */
const modes = {
  grouped: {},
  'one at a time': { COMMAND_BATCH_SIZE_MAX: '1', COMMAND_LANES: '1' },
} as const satisfies Record<string, Settings>;
type Mode = keyof typeof modes;
const modeNames = Object.keys(modes) as Mode[];

interface Api extends Measured {
  readonly process: BenchProcess;
}

/** The processes and databases that the rows of one round share. */
interface Round {
  readonly apis: Readonly<Record<Mode, Api>>;
  readonly ceiling: BenchProcess;
  readonly raw: Measured;
}

export async function benchCommands(
  environment: BenchEnvironment,
  options: BenchOptions,
  generator: ChosenGenerator,
): Promise<Result> {
  const rows = rowsOf(options, generator);
  const values = await runRounds<Round, Sample>(environment, {
    rounds: options.rounds,
    rows,
    prepare: () => prepareRound(environment, options, generator),
    dismiss: dismissRound,
  });
  const rowResults = new Map([...values].map(([name, samples]) => [name, resultOf(samples)]));
  printResults(rowResults, generator.name);
  const targets = targetsOf(rowResults);
  printTargets(targets);
  return { wallets, modes, figures: Object.fromEntries(rowResults), targets };
}

const nameOf = (mode: Mode, operation: Operation, connections: number) =>
  `${mode}, ${operation}, ${connections} connections`;
const hotNameOf = (mode: Mode) => `${mode}, credit on one wallet, 64 connections`;
const ceilingNameOf = (connections: number) => `ceiling, ${connections} connections`;
const rawNameOf = (rows: number) => `append statement, ${rows} rows`;

function rowsOf(options: BenchOptions, { generate }: ChosenGenerator): Row<Round, Sample>[] {
  const { seconds, quick } = options;
  const spread = { first: 1, count: wallets };

  const command = (mode: Mode, name: string, operation: Operation, connections: number, of = spread) => ({
    name,
    measure: async ({ apis }: Round, { signal }: BenchEnvironment) => {
      const { url } = apis[mode].process;
      const load = { url, operation, wallets: of, connections, seconds };
      const [result] = await measure(generate, apis[mode], [load], signal);
      return sampleOf(result);
    },
  });
  const ceiling = (connections: number) => ({
    name: ceilingNameOf(connections),
    measure: async (round: Round, { signal }: BenchEnvironment) => {
      const load = {
        url: round.ceiling.url,
        operation: 'credit',
        wallets: spread,
        connections,
        seconds,
      } as const;
      const result = await generate(load, signal);
      if (result.failed + result.refused > 0) throw new Error('the ceiling did not answer every request');
      return toSample(result);
    },
  });
  const raw = (count: number) => ({
    name: rawNameOf(count),
    measure: ({ raw: target }: Round) => measureRawAppend(target, count, seconds),
  });
  const connections = quick ? connectionsQuick : connectionsAll;
  // Rows that are compared are next to each other.
  return [
    ...rawRows.map(raw),
    ...connections.flatMap((count) => [
      ...modeNames.flatMap((mode) =>
        operations.map((operation) => command(mode, nameOf(mode, operation, count), operation, count)),
      ),
      ...(count === 64
        ? modeNames.map((mode) => command(mode, hotNameOf(mode), 'credit', 64, { first: 1, count: 1 }))
        : []),
      ceiling(count),
    ]),
  ];
}

function sampleOf(result: Parameters<typeof toSample>[0] | undefined): Sample {
  if (result === undefined) throw new Error('one load gives one result');
  return toSample(result);
}

async function prepareRound(
  environment: BenchEnvironment,
  { seconds }: BenchOptions,
  { generate }: ChosenGenerator,
): Promise<Round> {
  const { databases, signal } = environment;
  const launchMode = async (mode: Mode): Promise<Api> => {
    const database = await databases.create({ wallets });
    return { ...measured(database), process: await launchApi(environment, database.url, modes[mode]) };
  };
  const round: Round = {
    apis: { grouped: await launchMode('grouped'), 'one at a time': await launchMode('one at a time') },
    ceiling: await launchCeiling(environment),
    raw: measured(await databases.create({ wallets })),
  };
  const load = { wallets: { first: 1, count: wallets }, connections: 64, seconds };
  for (const mode of modeNames) {
    for (const operation of ['credit', 'transfer'] as const) {
      const api = round.apis[mode];
      await warmUp(generate, api, { ...load, url: api.process.url, operation }, signal);
    }
  }
  await generate({ ...load, url: round.ceiling.url, operation: 'credit', seconds: 2 }, signal);
  return round;
}

async function dismissRound({ apis, ceiling, raw }: Round): Promise<void> {
  await Promise.all([ceiling, ...modeNames.map((mode) => apis[mode].process)].map(({ stop }) => stop()));
  for (const { database } of [raw, ...modeNames.map((mode) => apis[mode])]) await database.drop();
}

function printResults(rowResults: ReadonlyMap<string, RowResult>, generator: string): void {
  printTable(
    `Commands per second and latency (${generator}; medians, spread of the rounds)`,
    ['', 'per s', 'spread', 'p50 ms', 'p95 ms', 'p99 ms'],
    [...rowResults].map(([name, { perS, p50Ms, p95Ms, p99Ms }]) => [
      name,
      perSecond(perS.median),
      percent(perS.spread),
      ...[p50Ms, p95Ms, p99Ms].map((value) => milliseconds(value.median)),
    ]),
  );
}

/** The ratios that the command path must reach. */
function targetsOf(rowResults: ReadonlyMap<string, RowResult>): Target[] {
  const credits = nameOf('grouped', 'credit', 64);
  const alone = nameOf('one at a time', 'credit', 64);
  const [first, append] = [nameOf('grouped', 'credit', 1), rawNameOf(1)];
  const ratio = ratioOf.bind(undefined, rowResults);
  return [
    ratio('group commit : one at a time, 64 connections', 'perS', credits, alone, { atLeast: 3 }),
    ratio('one wallet : spread wallets, 64 connections', 'perS', hotNameOf('grouped'), credits, {
      atLeast: 0.8,
    }),
    ratio('credits : ceiling, 64 connections', 'perS', credits, ceilingNameOf(64), { atLeast: 0.2 }),
    ratio('p50 of a credit : of the append of one row, 1 connection', 'p50Ms', first, append, { atMost: 3 }),
  ];
}
