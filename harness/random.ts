// Chance from a seed. The same seed gives the same choices, so that a run can be repeated.
import type { Random } from './proxy/networkFaults.ts';

export type { Random };

/** mulberry32: 32 bits of state, good enough to choose operations with. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function whole(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** A whole number from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + whole(random, max - min + 1);
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[whole(random, from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

/** The same elements in another order. */
export function shuffled<T>(random: Random, all: readonly T[]): T[] {
  return all
    .map((one) => [random(), one] as const)
    .sort(([one], [other]) => one - other)
    .map(([, one]) => one);
}
