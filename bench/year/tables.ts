// Shows the weeks of a simulated year, and whether the disk stayed level.
import { printTable } from '../../harness/reporting.ts';
import { perSecond } from '../report.ts';
import type { WeekSnapshot } from './snapshot.ts';

const measured = [
  ...(['database', 'retained', 'events', 'outbox', 'records', 'ledger', 'state'] as const),
  ...(['opening', 'openingRows'] as const),
];
type Level = Readonly<Record<(typeof measured)[number], number>>;

/** Weeks between the lines of the table. */
const weeksOfLine = 4;

/** Bytes at the end in proportion to those in the middle. In a full year the retention is full at both. */
export function levelOf(weeks: readonly WeekSnapshot[]): Level {
  const [middle, end] = [weeks[Math.ceil(weeks.length / 2) - 1], weeks.at(-1)];
  if (middle === undefined || end === undefined) throw new Error('a year has weeks');
  return Object.fromEntries(measured.map((what) => [what, end.bytes[what] / middle.bytes[what]])) as Level;
}

const mebibytes = (bytes: number) => (bytes / 1_048_576).toFixed(1);

export function sentenceOf({ week, head, bytes, segments, archive }: WeekSnapshot): string {
  return (
    `week ${week}: ${perSecond(head)} events, database ${mebibytes(bytes.database)} MiB, ` +
    `${segments.attached} segments attached, ${segments.dropped} dropped, archive ${mebibytes(archive.bytes)} MiB`
  );
}

export function printYear(weeks: readonly WeekSnapshot[], level: Level): void {
  printTable(
    'The year, MiB',
    [
      ...['week', 'events so far', ...measured, 'archive'],
      ...['attached', 'detached', 'dropped', 'generations', 'current'],
    ],
    weeks
      .filter(({ week }) => week % weeksOfLine === 0 || week === 1)
      .map(({ week, head, bytes, archive, segments, generations }) => [
        ...[String(week), perSecond(head), ...measured.map((what) => mebibytes(bytes[what]))],
        mebibytes(archive.bytes),
        ...[segments.attached, segments.detached, segments.dropped].map(String),
        ...[generations.kept, generations.current].map(String),
      ]),
  );
  printTable(
    'Bytes at the end in proportion to those in the middle of the year',
    ['', 'ratio'],
    Object.entries(level).map(([what, ratio]) => [what, ratio.toFixed(2)]),
  );
}
