// Remembers which events a consumer of the feed got, in the order in which each came first, and compares them
// with the log. Pure.

/** An event or an alert of the log, named as the feed names it. */
export interface LoggedEvent {
  readonly id: string;
  /** The wallet. */
  readonly subject: string;
}

export interface FirstArrivals {
  /** False if the event was there before. */
  readonly take: (id: string) => boolean;
  readonly has: (id: string) => boolean;
  readonly forget: () => void;
  /** Different events. */
  readonly size: () => number;
  /** Arrivals of events that were there before. */
  readonly repeated: () => number;
  /** The events that never came. */
  readonly missing: (logged: readonly LoggedEvent[]) => readonly string[];
  /** The events that came before one of their wallet that stands before them in the log, or without it. */
  readonly early: (logged: readonly LoggedEvent[]) => readonly string[];
}

export function createFirstArrivals(): FirstArrivals {
  /** By event: the number of different events that came before it. */
  const places = new Map<string, number>();
  let repeated = 0;
  return {
    take: (id) => {
      const isFirst = !places.has(id);
      if (isFirst) places.set(id, places.size);
      else repeated += 1;
      return isFirst;
    },
    has: (id) => places.has(id),
    forget: () => {
      places.clear();
      repeated = 0;
    },
    size: () => places.size,
    repeated: () => repeated,
    missing: (logged) => logged.filter(({ id }) => !places.has(id)).map(({ id }) => id),
    early: (logged) => {
      const lastOf = new Map<string, number>();
      return logged.flatMap(({ id, subject }) => {
        const place = places.get(id);
        const before = lastOf.get(subject) ?? -1;
        lastOf.set(subject, Math.max(before, place ?? Infinity));
        return place !== undefined && place < before ? [id] : [];
      });
    },
  };
}
