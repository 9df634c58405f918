// The checksum of a comparison: a sum of hashes over id, version and document. It does not depend on the
// order, so the sums of slices can be added.
import { hash } from 'node:crypto';

export interface Checksum {
  readonly count: number;
  /** 16 hexadecimal digits. */
  readonly sum: string;
}

export interface Sum {
  count: number;
  sum: bigint;
}

export function emptySum(): Sum {
  return { count: 0, sum: 0n };
}

export function addTo(into: Sum, hashed: bigint): void {
  into.count += 1;
  into.sum = BigInt.asUintN(64, into.sum + hashed);
}

export function hashOf(content: string): bigint {
  return hash('sha256', content, 'buffer').readBigUInt64BE();
}

/** Equal contents give equal texts, whatever the order of their fields. */
export function contentOf(version: number, source: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([version, Object.entries(source).sort(([one], [other]) => (one < other ? -1 : 1))]);
}

export function inHex({ count, sum }: Sum): Checksum {
  return { count, sum: sum.toString(16).padStart(16, '0') };
}
