// How fast a recovery goes: over the last seconds and not since its phase began, so that a store that was away for a
// minute does not spoil the rate and the time left of the hour behind it. Pure: the time comes in as an argument.

/** What was done at a moment of active time. */
export interface Mark {
  readonly activeMs: number;
  readonly done: number;
}

/** Longer than the activities take whose ends are the steps. */
const windowMs = 15_000;
/** Steps closer to each other share a mark: there are never more than a window has of these. */
const markEveryMs = 1_000;

/** The marks behind one more step, oldest first; the first lies at the window's start or before it. */
export function marksBehind(marks: readonly Mark[], step: Mark): readonly Mark[] {
  const last = marks.at(-1);
  const all = last !== undefined && step.activeMs - last.activeMs < markEveryMs ? marks : [...marks, step];
  const start = all.findLastIndex(({ activeMs }) => activeMs <= step.activeMs - windowMs);
  return start <= 0 ? all : all.slice(start);
}

/** What is done a second, from the oldest mark to now. */
export function ratePerS(marks: readonly Mark[], now: Mark): number {
  const since = marks[0] ?? { activeMs: 0, done: 0 };
  const elapsedMs = now.activeMs - since.activeMs;
  return elapsedMs > 0 ? Math.round(((now.done - since.done) / elapsedMs) * 1_000) : 0;
}
