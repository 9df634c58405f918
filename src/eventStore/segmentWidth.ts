// The width of a new segment of the log. It has room for the events of a day, so one is made about once a
// day.

/** A segment below this size saves nothing. 2^20. */
export const segmentWidthMin = 1_048_576;

/** The events of a day, rounded up to a power of two. */
export function segmentWidthOf(eventsOfDay: number, widthMin: number): number {
  let width = widthMin;
  while (width < eventsOfDay) width *= 2;
  return width;
}
