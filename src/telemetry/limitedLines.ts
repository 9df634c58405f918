// Keeps the log from multiplying an overload: so many lines a second of each kind, and behind them one with the count of
// the others. A line for every refusal took two thirds of the throughput when it was tried.

const intervalMs = 1_000;
/** Lines a second of each kind: about a millisecond's work. */
const linesMax = 50;

/** True for each occurrence of `kind` that gets a line. `onOthers` hears once a second how many did not. */
export function createLineLimit<Kind>(
  onOthers: (kind: Kind, count: number) => void,
): (kind: Kind) => boolean {
  const counts = new Map<Kind, number>();
  return (kind) => {
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    if (count === 0) {
      setTimeout(() => {
        const others = (counts.get(kind) ?? 0) - linesMax;
        counts.delete(kind);
        if (others > 0) onOthers(kind, others);
      }, intervalMs);
    }
    return count < linesMax;
  };
}
