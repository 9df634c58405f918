// Remembers for a minute that a log has few segments. Its reads then look in all of them, and ask for nothing
// before. An old answer costs time alone, because a read of the whole log finds the same.
const trustedMs = 60_000;

/** The attached segments that have events, the oldest first. */
export interface LogSegments {
  /** The first position of each. */
  readonly starts: readonly bigint[];
  /** When each was made. That is a day and one or two segments before its first event. */
  readonly madeAtMs: readonly number[];
}

interface Known {
  readonly segments: LogSegments;
  readonly untilMs: number;
}

/** By the pool or session that was asked. */
const known = new WeakMap<object, Known>();

/** The segments of a log that had few of them a moment ago. */
export function knownFewSegments(database: object): LogSegments | undefined {
  const found = known.get(sourceOf(database));
  return found !== undefined && performance.now() < found.untilMs ? found.segments : undefined;
}

export function rememberFewSegments(database: object, segments: LogSegments): void {
  known.set(sourceOf(database), { segments, untilMs: performance.now() + trustedMs });
}

/** The reads of all tenants share a pool. */
function sourceOf(database: object): object {
  return 'source' in database && typeof database.source === 'object' && database.source !== null
    ? database.source
    : database;
}
