// Adds up the results of a comparison that runs in parts: counts, checksums and differences. The checksums do
// not depend on order. Only the first differences are listed, so that a result stays small.
import type { Comparison, Difference } from '../../activities/activities.ts';
import type { Shape } from './shapes.ts';

export type ComparisonSum = Omit<Comparison, 'after' | 'done'>;

/** Differences that a result lists. All of them are counted. */
const differencesKeptMax = 100;

const nothing = { count: 0, sum: '0000000000000000' };

export const noComparison: ComparisonSum = {
  wallets: 0,
  events: 0,
  expected: nothing,
  held: nothing,
  differences: [],
  differencesCount: 0,
};

export function addComparisons(one: ComparisonSum, other: ComparisonSum): ComparisonSum {
  return {
    wallets: one.wallets + other.wallets,
    events: one.events + other.events,
    expected: addChecksums(one.expected, other.expected),
    held: addChecksums(one.held, other.held),
    ...addDifferences(one, other),
  };
}

export interface FoundDifferences {
  readonly differences: readonly Difference[];
  readonly differencesCount: number;
}

/** Far above `differencesKeptMax`, and far below the size of a payload. */
const listedMax = 10_000;

const differencesShape: Record<keyof FoundDifferences, Shape> = {
  differences: {
    list: {
      members: {
        where: 'text',
        walletId: { missing: 'text' },
        position: { missing: 'count' },
        fields: { list: 'text', lengthMax: listedMax },
      },
    },
    lengthMax: listedMax,
  },
  differencesCount: 'count',
};

export const foundDifferencesShape = { members: differencesShape } as const;

const checksumShape: Shape = { members: { count: 'count', sum: 'checksum' } };

export const comparisonSumShape: Shape = {
  members: {
    wallets: 'count',
    events: 'count',
    expected: checksumShape,
    held: checksumShape,
    ...differencesShape,
  },
};

export function addDifferences(one: FoundDifferences, other: FoundDifferences): FoundDifferences {
  return {
    differences: [...one.differences, ...other.differences].slice(0, differencesKeptMax),
    differencesCount: one.differencesCount + other.differencesCount,
  };
}

/** True if both sides have the same number of documents with the same contents. */
export function isEqual({ expected, held, differencesCount }: ComparisonSum): boolean {
  return differencesCount === 0 && expected.count === held.count && expected.sum === held.sum;
}

function addChecksums(one: ComparisonSum['held'], other: ComparisonSum['held']): ComparisonSum['held'] {
  const sum = BigInt.asUintN(64, BigInt(`0x${one.sum}`) + BigInt(`0x${other.sum}`));
  return { count: one.count + other.count, sum: sum.toString(16).padStart(16, '0') };
}

/** The first few differences by name. Never shows the values of either side. */
export function differencesInWords({ differences, differencesCount }: FoundDifferences, max = 10): string {
  const named = differences.slice(0, max).map(({ where, walletId, position, fields }) => {
    const location = [
      walletId === undefined ? '' : ` of wallet ${walletId}`,
      position === undefined ? '' : ` at position ${position}`,
    ].join('');
    return `${where}${location}: ${fields.join(', ')}`;
  });
  const more = differencesCount > named.length ? `; and ${differencesCount - named.length} more` : '';
  return `${named.join('; ')}${more}`;
}
