// Runs ways one after the other, because two faults at once would tell for each other.
import { runWay, type Told, type Way } from './way.ts';
import type { Installation } from './installation.ts';

/** Starts the first way at once. Each result settles when its way has ended, and a failure stops none. */
export function runInTurn<S extends { readonly installation: Installation }>(
  surroundings: Promise<S>,
  ways: readonly Way<S>[],
): ReadonlyMap<string, Promise<Told>> {
  const results = new Map<string, Promise<Told>>();
  let before: Promise<unknown> = surroundings;
  for (const way of ways) {
    const result = before.then(async () => runWay(await surroundings, way));
    results.set(way.name, result);
    before = result.catch(() => undefined);
  }
  return results;
}
