// Reports a benchmark: tables and targets on the terminal, and one JSON file.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { printTable } from '../harness/reporting.ts';
import { root } from '../stack/paths.ts';
import type { BenchOptions } from './options.ts';
import type { Surroundings } from './machine.ts';

/** The result of a benchmark. All of it is recorded, and `failures` make the run fail. */
export interface Result {
  readonly failures?: readonly string[];
  readonly [name: string]: unknown;
}

/** A ratio that the system must reach. */
export interface Target {
  readonly name: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** The same ratio in each round, which shows how far noise moves it. */
  readonly rounds: readonly number[];
}

function isMet({ value, atLeast = -Infinity, atMost = Infinity }: Target): boolean {
  return value >= atLeast && value <= atMost;
}

export function printTargets(targets: readonly Target[]): void {
  printTable(
    'Ratios (of medians)',
    ['', 'value', 'wanted', '', 'rounds'],
    targets.map((target) => {
      const { name, value, atLeast, atMost, rounds } = target;
      const wanted = [
        ...(atLeast === undefined ? [] : [`≥ ${atLeast.toFixed(2)}`]),
        ...(atMost === undefined ? [] : [`≤ ${atMost.toFixed(2)}`]),
      ];
      return [
        name,
        value.toFixed(2),
        wanted.join(' '),
        isMet(target) ? 'met' : 'MISSED',
        rounds.map((round) => round.toFixed(2)).join(' '),
      ];
    }),
  );
}

const roundsOfFullRun = 3;

/** Results of quick runs mean little. They go into a file that git ignores. */
export async function writeResult(
  options: BenchOptions,
  surroundings: Surroundings,
  result: Result,
): Promise<void> {
  const folder = path.join(root, 'bench', 'results');
  const { benchmark, rounds, seconds, quick } = options;
  const file = path.join(folder, `${benchmark}${quick || rounds < roundsOfFullRun ? '.quick' : ''}.json`);
  const record = {
    benchmark,
    measuredAt: new Date().toISOString(),
    rounds,
    secondsPerMeasurement: seconds,
    ...surroundings,
    ...result,
  };
  await mkdir(folder, { recursive: true });
  await writeFile(file, `${JSON.stringify(record, rounded, 2)}\n`);
  console.log(`\nWritten to ${path.relative(root, file)}`);
}

/** Four significant digits are more than these measurements are worth. */
function rounded(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number' || Number.isInteger(value)) return value;
  return Number(value.toPrecision(4));
}

export function perSecond(value: number): string {
  return Math.round(value).toLocaleString('en');
}

export function milliseconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
