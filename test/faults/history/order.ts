// Checks real-time order. The event store fixes the position of commands with events. Refusals, replays and
// reads of the event store have to fit at some position between their call and their answer. Each is placed
// at the lowest position that fits and is not below anything answered before it began. If any arrangement
// exists, this one does.
import type { Finding } from './recorded.ts';

/** A call or read, and the positions in the log at which it may be placed. */
export interface Placed {
  readonly name: string;
  readonly invokedAt: number;
  readonly answeredAt: number;
  /** The position that the event store gave it. Undefined if it left no event. */
  readonly fixed?: number;
  /** True if it may follow directly after this position. Used only if `fixed` is absent. */
  readonly fits?: (position: number) => boolean;
  /** The next higher position at which `fits` could give another result. */
  readonly next?: (position: number) => number | undefined;
  /** The highest position at which it may be placed. */
  readonly ceiling?: number;
  /** It cannot precede these: a replay cannot precede the refusal that it repeats. */
  readonly after?: readonly Placed[];
}

export function checkOrder(all: readonly Placed[]): readonly Finding[] {
  const findings: Finding[] = [];
  const positions = new Map<Placed, number>();
  const byAnswer = all.filter(({ answeredAt }) => answeredAt < Infinity);
  byAnswer.sort((one, other) => one.answeredAt - other.answeredAt);
  let answered = 0;
  let highest: { readonly position: number; readonly name: string } = { position: 0, name: 'the beginning' };

  // A call that must follow another is placed after it, even if it began earlier.
  const beginsAt = new Map<Placed, number>();
  const rank = new Map<Placed, number>();
  const check = (placed: Placed): number => {
    const known = beginsAt.get(placed);
    if (known !== undefined) return known;
    const before = placed.after ?? [];
    const begin = Math.max(placed.invokedAt, ...before.map(check));
    beginsAt.set(placed, begin);
    rank.set(placed, Math.max(0, ...before.map((one) => (rank.get(one) ?? 0) + 1)));
    return begin;
  };
  const inOrder = all.toSorted((one, other) => check(one) - check(other) || rankOf(one) - rankOf(other));
  function rankOf(placed: Placed): number {
    return rank.get(placed) ?? 0;
  }

  for (const placed of inOrder) {
    for (;;) {
      const earlier = byAnswer[answered];
      if (earlier === undefined || earlier.answeredAt >= placed.invokedAt) break;
      const position = positions.get(earlier);
      if (position !== undefined && position > highest.position) highest = { position, name: earlier.name };
      answered += 1;
    }
    const position = place(placed, highest, positions, findings);
    if (position !== undefined) positions.set(placed, position);
  }
  return findings;
}

function place(
  placed: Placed,
  highest: { readonly position: number; readonly name: string },
  positions: ReadonlyMap<Placed, number>,
  findings: Finding[],
): number | undefined {
  const { name, fixed, fits = () => true, next = () => undefined, ceiling = Infinity, after = [] } = placed;
  if (fixed !== undefined) {
    if (fixed <= highest.position) {
      const detail = `${name} stands at position ${fixed}, but ${highest.name}, answered before it began, saw position ${highest.position}`;
      findings.push({ kind: 'order', detail });
    }
    return fixed;
  }
  let position: number | undefined = Math.max(
    highest.position,
    ...after.map((one) => positions.get(one) ?? 0),
  );
  const from = position;
  while (position !== undefined && position <= ceiling) {
    if (fits(position)) return position;
    position = next(position);
  }
  findings.push({
    kind: 'order',
    detail: `${name} fits nowhere from position ${from} on, behind ${highest.name}`,
  });
  return undefined;
}
