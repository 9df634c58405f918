// Gives the rounds of failing endpoints their turns in a process. A round that finds no room is turned away.
// It comes again later, so its endpoint keeps its place. Otherwise endpoints whose rounds follow one another
// would take the room of all others. Pure.

/** A process forgets an endpoint that does not come again, because another process may have had room. */
const placeKeptMs = 10_000;

export interface RoundTurns {
  /** Whether a round may begin. Each one that began has to end. */
  readonly begin: (endpointId: string, isUrgent: boolean) => boolean;
  readonly end: () => void;
}

/** `now` is in monotonic milliseconds. */
export function createRoundTurns(max: number, now: () => number): RoundTurns {
  let underWay = 0;
  /** Since when each was asked for last, in the order in which they came first. */
  const turnedAway = new Map<string, number>();
  return {
    begin: (endpointId, isUrgent) => {
      for (const [id, askedAt] of turnedAway) if (now() - askedAt > placeKeptMs) turnedAway.delete(id);
      const place = [...turnedAway.keys()].indexOf(endpointId);
      const ahead = place === -1 ? turnedAway.size : place;
      if (!isUrgent && underWay + ahead >= max) {
        turnedAway.set(endpointId, now());
        return false;
      }
      turnedAway.delete(endpointId);
      underWay += 1;
      return true;
    },
    end: () => {
      underWay -= 1;
    },
  };
}
