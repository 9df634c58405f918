// Limits how many lines of each kind the log gets in a second. So logging never makes an overload worse. The
// lines left out are counted, and one line a second tells their number. When every refusal was logged, a load
// test lost two thirds of its throughput.

const intervalMs = 1_000;
/** Lines a second of each kind: about a millisecond's work. */
const linesMax = 50;

/**
 * True for each occurrence of `kind` that gets a line. `onOthers` is called once a second with the number
 * left out.
 */
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
