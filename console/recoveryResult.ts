// Puts the result of any recovery into words: its counts by name, and the first differences. Pure.
import type { RecoverySnapshot, RetryingStep } from '../src/api/console/consoleSnapshot.ts';
import { count, duration, rate } from './format.ts';

const differencesShown = 5;

interface Difference {
  readonly where: string;
  readonly walletId?: string;
  readonly position?: number;
  readonly fields: readonly string[];
}

/** The result, and how much was done how fast. */
export function outcomeInWords(result: unknown, progress: RecoverySnapshot['progress'] | undefined): string {
  const words = resultInWords(result);
  if (progress?.status !== 'completed') return words;
  const done = `100 %: ${count(progress.done)} ${progress.unit} at ${rate(progress.ratePerS)} a second`;
  return [words, done].filter((text) => text !== '').join('; ');
}

/** What fails, why, how often it was tried, and when the next attempt comes. */
export function retryingInWords(
  { step, attempts, failure, nextAttemptAt }: RetryingStep,
  nowMs: number,
): string {
  const next =
    nextAttemptAt === null
      ? 'it is tried again now'
      : `the next attempt comes in ${duration(Math.max(0, Date.parse(nextAttemptAt) - nowMs))}`;
  const times = attempts === 1 ? 'once' : `${count(attempts)} times`;
  return `${step} failed ${times}, ${next}: ${failure}`;
}

function resultInWords(result: unknown): string {
  if (typeof result !== 'object' || result === null) return '';
  const members = Object.entries(result as Record<string, unknown>);
  const counts = members.flatMap(([name, value]) =>
    typeof value === 'number' ? [`${spaced(name)} ${count(value)}`] : [],
  );
  const { differences = [] } = result as { differences?: readonly Difference[] };
  const named = differences.slice(0, differencesShown).map(differenceInWords);
  const more = differences.length > named.length ? ['…'] : [];
  return [counts.join(', '), ...named, ...more].filter((text) => text !== '').join('; ');
}

/** differencesCount → differences, refusedEvents → refused events. */
function spaced(name: string): string {
  return name.replace(/Count$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function differenceInWords({ where, walletId, position, fields }: Difference): string {
  const subject = [
    walletId === undefined ? '' : ` of ${walletId}`,
    position === undefined ? '' : ` at ${position}`,
  ].join('');
  return `${where}${subject}: ${fields.join(', ')}`;
}
