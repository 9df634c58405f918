// Puts the result of any recovery into words: its counts by name, and the first differences. Pure.
import { count } from './format.ts';

const differencesShown = 5;

interface Difference {
  readonly where: string;
  readonly walletId?: string;
  readonly position?: number;
  readonly fields: readonly string[];
}

export function resultInWords(result: unknown): string {
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
