// The ends of a list of positions. A statement that names them beside `position = any(…)` reads only the
// segments between them. From the list alone PostgreSQL can't tell which segments it may leave out.

/** The lowest and the highest position, as two parameters. Of an empty list nothing lies between them. */
export function boundsOf(positions: readonly bigint[]): readonly [lowest: bigint, highest: bigint] {
  const [first] = positions;
  if (first === undefined) return [1n, 0n];
  let [lowest, highest] = [first, first];
  for (const position of positions) {
    if (position < lowest) lowest = position;
    if (position > highest) highest = position;
  }
  return [lowest, highest];
}
