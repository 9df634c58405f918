// Computes how fast a recovery goes, over the last seconds instead of its whole phase. So an outage of a
// minute does not spoil the rate for the rest of the hour. Pure: the time is an argument.

/** The units that were done at a moment of active time. */
export interface Mark {
  readonly activeMs: number;
  readonly done: number;
}

/** Longer than an activity takes. A step is the end of an activity. */
const windowMs = 15_000;
/** Steps closer to each other share a mark, so the number of marks is bounded. */
const markEveryMs = 1_000;

/** The marks after one more step, oldest first. The first one lies at the window's start or before it. */
export function marksAfter(marks: readonly Mark[], step: Mark): readonly Mark[] {
  const last = marks.at(-1);
  const all = last !== undefined && step.activeMs - last.activeMs < markEveryMs ? marks : [...marks, step];
  const start = all.findLastIndex(({ activeMs }) => activeMs <= step.activeMs - windowMs);
  return start <= 0 ? all : all.slice(start);
}

/** Units a second, from the oldest mark to now. */
export function ratePerS(marks: readonly Mark[], now: Mark): number {
  const since = marks[0] ?? { activeMs: 0, done: 0 };
  const elapsedMs = now.activeMs - since.activeMs;
  return elapsedMs > 0 ? Math.round(((now.done - since.done) / elapsedMs) * 1_000) : 0;
}
