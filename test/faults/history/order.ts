// Real-time order. Commands with events stand where the event store put them; everything else – refusals, replays, reads
// of the event store – has to fit at some position between its call and its answer. Each gets the lowest position that
// fits and is not below anything that was answered before it began: if any arrangement exists, this one does.
import type { Finding } from './recorded.ts';

/** Something that was asked and answered, and where in the log it may stand. */
export interface Placed {
  readonly name: string;
  readonly invokedAt: number;
  readonly answeredAt: number;
  /** Where the event store put it; undefined where it left no event. */
  readonly fixed?: number;
  /** Whether it may stand behind this position. Asked only where `fixed` is absent. */
  readonly fits?: (position: number) => boolean;
  /** The next position behind this one at which `fits` could say something else. */
  readonly next?: (position: number) => number | undefined;
  /** The highest position at which it may stand. */
  readonly ceiling?: number;
  /** What it can't stand before: a replay not before the refusal that it repeats. */
  readonly after?: readonly Placed[];
}

export function checkOrder(all: readonly Placed[]): readonly Finding[] {
  const findings: Finding[] = [];
  const positions = new Map<Placed, number>();
  const byAnswer = all.filter(({ answeredAt }) => answeredAt < Infinity);
  byAnswer.sort((one, other) => one.answeredAt - other.answeredAt);
  let answered = 0;
  let highest: { readonly position: number; readonly name: string } = { position: 0, name: 'the beginning' };

  // Whoever stands behind another is looked at behind it, even where it began earlier.
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
