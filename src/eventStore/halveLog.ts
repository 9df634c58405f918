// Finds where a part of the log ends, in about 30 looks at one position.

/**
 * The last position of (low, high] that belongs to the part, or `low` if none does. Positions of the part
 * come before all others.
 */
export async function halveLog(
  range: { readonly low: bigint; readonly high: bigint },
  isOfPart: (position: bigint) => Promise<boolean>,
): Promise<bigint> {
  let { low, high } = range;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (await isOfPart(middle)) low = middle;
    else high = middle - 1n;
  }
  return low;
}
