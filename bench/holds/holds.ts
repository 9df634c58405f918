// `npm run bench -- holds`: what holds, freezes and details cost. Measures a wallet with many open holds, the
// sweep among a million of them, rebuilds of a log with them, and reads of much that has ended.
import { printTable } from '../../harness/reporting.ts';
import type { BenchEnvironment } from '../environment.ts';
import type { BenchOptions } from '../options.ts';
import { milliseconds, perSecond, printTargets, type Result, type Target } from '../report.ts';
import { type BusyRow, measureBusyWallet } from './busyWallet.ts';
import { measureReads, type ReadRow } from './reads.ts';
import { measureRebuilds, type RebuildRow } from './rebuilds.ts';
import { measureSweep, type SweepResult } from './sweep.ts';

export async function benchHolds(environment: BenchEnvironment, options: BenchOptions): Promise<Result> {
  const busyWallet = await measureBusyWallet(environment, options);
  printBusy(busyWallet);
  const rebuilds = await measureRebuilds(environment, options);
  printRebuilds(rebuilds);
  const reads = await measureReads(environment, options);
  printReads(reads);
  const sweep = await measureSweep(environment, options);
  printSweep(sweep);
  const targets = targetsOf(rebuilds);
  printTargets(targets);
  return { busyWallet, rebuilds, reads, sweep, targets };
}

function printBusy(rows: readonly BusyRow[]): void {
  printTable(
    'One wallet: place, capture and debit in turn on each connection (medians)',
    [
      '',
      'connections',
      'per s',
      'PostgreSQL µs',
      'API µs',
      'place p50',
      'p99',
      'capture p50',
      'p99',
      'debit p50',
      'p99',
    ],
    rows.map(({ wallet, connections, perS, postgresUs, apiUs, p50Ms, p99Ms }) => [
      wallet,
      String(connections),
      ...[perS, postgresUs, apiUs].map(perSecond),
      ...['place', 'capture', 'debit'].flatMap((name) =>
        [p50Ms, p99Ms].map((of) => milliseconds(of[name] ?? NaN)),
      ),
    ]),
  );
}

function printRebuilds(rows: readonly RebuildRow[]): void {
  printTable(
    'Through the workflows: credits alone, and one event in ten a hold, a freeze or details (medians)',
    ['', 'events', 'events per s', 'worker µs', 'PostgreSQL µs'],
    rows.map(({ work, log, eventsPerS, workerUs, postgresUs }) => [
      ...[work, log, perSecond(eventsPerS)],
      ...[workerUs, postgresUs].map((us) => us.toFixed(2)),
    ]),
  );
}

function printReads(rows: readonly ReadRow[]): void {
  printTable(
    'Reads, one connection',
    ['', 'p50 ms', 'p99 ms', 'reads'],
    rows.map(({ read, p50Ms, p99Ms, reads }) => [
      read,
      milliseconds(p50Ms),
      milliseconds(p99Ms),
      String(reads),
    ]),
  );
}

function printSweep({ openHolds, due, withinS, quiet, beside, ...times }: SweepResult): void {
  const { releasedAfterS, oldestOverdueS } = times;
  console.log(
    `\n${perSecond(due)} of ${perSecond(openHolds)} open holds fell due within ${withinS} s. All were released ` +
      `${releasedAfterS.toFixed(1)} s after the first end, the oldest ${oldestOverdueS.toFixed(1)} s after its own.`,
  );
  printTable(
    'Credits on other wallets',
    ['', 'per s', 'p50 ms', 'p99 ms', 'PostgreSQL µs', 'API µs'],
    Object.entries({ 'nothing due': quiet, 'beside the sweep': beside }).map(([name, phase]) => [
      ...[name, perSecond(phase.creditsPerS), milliseconds(phase.p50Ms), milliseconds(phase.p99Ms)],
      ...[phase.postgresUs, phase.apiUs].map(perSecond),
    ]),
  );
}

/** By processor time, because durations of a shared machine differ more than what is measured. */
function targetsOf(rebuilds: readonly RebuildRow[]): readonly Target[] {
  const us = ({ workerUs, postgresUs }: RebuildRow) => workerUs + postgresUs;
  return (['read model', 'ledger'] as const).map((work) => {
    const of = (log: RebuildRow['log']) => rebuilds.find((row) => row.work === work && row.log === log);
    const [plain, mixed] = [of('credits'), of('one in ten')];
    if (plain === undefined || mixed === undefined) throw new Error(`${work} was not measured`);
    const value = us(plain) / us(mixed);
    return {
      name: `${work}, one event in ten : credits, by processor time`,
      value,
      rounds: [value],
      atLeast: 0.9,
    };
  });
}
