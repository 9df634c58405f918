// Counts what callers use of their quotas. A process takes a share of a quota from Redis, a lease, and serves
// requests from it without asking again. It asks for the next one ahead, while requests go on. A caller who
// uses less than half a lease in a window never causes a trip to Redis.
//
// Bound: the first lease of a window is used before Redis knows of it. So all processes together let through
// at most the quota and one lease for each process. Without Redis each process gives the whole quota alone.
//
// Invariant: nothing waits for Redis longer than one command of its connection may take, and no failure of
// Redis refuses a request.

export interface Policy {
  readonly name: string;
  /** Items in one window. */
  readonly quota: number;
}

/** The length of every window, in seconds. */
export const windowS = 60;
const windowMs = windowS * 1_000;
/** A lease is this share of the quota. */
const leaseShare = 0.02;

export function leaseOf({ quota }: Policy): number {
  return Math.max(1, Math.ceil(quota * leaseShare));
}

export interface Verdict {
  readonly allowed: boolean;
  /** Items that are left of the quota, as far as this process knows. */
  readonly remaining: number;
  /** Whole seconds until the window ends. Never too few. */
  readonly resetS: number;
}

/** Adds items to the count in Redis. Answers the count with them, and how long the window still is. */
export type CountInRedis = (
  key: string,
  items: number,
) => Promise<{ readonly used: number; readonly endsInMs: number }>;

interface LeasesDeps {
  readonly count: CountInRedis;
  /** Called for each window that is counted here alone. */
  readonly onLocal: (error: Error) => void;
  readonly monotonicMs: () => number;
  /** How long Redis is not asked after a failure. */
  readonly breakerOpenMs: number;
  /** Windows that are kept. Beyond that the one that began first is forgotten. */
  readonly windowsMax: number;
}

interface Window {
  endsAtMs: number;
  /** Items that this process may let through. */
  granted: number;
  /** Items that it did. */
  used: number;
  /** Items of `granted` that Redis does not know of yet. */
  unreported: number;
  /** Items that Redis would still give, when it answered last. */
  leftElsewhere: number;
  asking: Promise<void> | undefined;
}

export interface Leases {
  /** Uses `items` of the subject's quota. Answers at once, unless its lease ran out before the next came. */
  readonly use: (policy: Policy, subject: string, items: number) => Verdict | Promise<Verdict>;
  /** What `use` would answer for no item. Undefined for a subject that is not known here. */
  readonly look: (policy: Policy, subject: string) => Verdict | undefined;
  readonly size: () => number;
}

export function createLeases(deps: LeasesDeps): Leases {
  const { count, onLocal, monotonicMs, breakerOpenMs, windowsMax } = deps;
  const windows = new Map<string, Window>();
  let closedUntilMs = -Infinity;

  const giveAll = (window: Window, policy: Policy, error: Error) => {
    window.granted = policy.quota;
    window.unreported = 0;
    window.leftElsewhere = 0;
    onLocal(error);
  };

  const takeLease = async (window: Window, key: string, policy: Policy, needed: number) => {
    const lease = Math.max(leaseOf(policy), needed);
    const asked = window.unreported + lease;
    try {
      const { used, endsInMs } = await count(key, asked);
      // Redis has counted all of it, so what lies above the quota is not given.
      const given = Math.max(0, lease - Math.max(0, used - policy.quota));
      window.unreported = 0;
      window.granted += given;
      window.leftElsewhere = Math.max(0, policy.quota - used);
      window.endsAtMs = monotonicMs() + endsInMs;
    } catch (error) {
      closedUntilMs = monotonicMs() + breakerOpenMs;
      giveAll(window, policy, error instanceof Error ? error : new Error(String(error)));
    }
  };

  /** Asks for the next lease, of at least `needed` items, unless that is under way. */
  const askAhead = (window: Window, key: string, policy: Policy, needed: number) => {
    if (window.asking !== undefined || window.leftElsewhere === 0) return;
    if (monotonicMs() < closedUntilMs) {
      giveAll(window, policy, new Error('Redis failed a moment ago'));
      return;
    }
    window.asking = takeLease(window, key, policy, needed).finally(() => {
      window.asking = undefined;
    });
  };

  const use = (policy: Policy, subject: string, items: number): Verdict | Promise<Verdict> => {
    const nowMs = monotonicMs();
    const key = `${policy.name}:${subject}`;
    const window = windowOf(windows, windowsMax, key, policy, nowMs);
    const fits = window.used + items <= window.granted;
    if (fits) window.used += items;
    const left = window.granted - window.used;
    if (left * 2 < leaseOf(policy) || !fits) askAhead(window, key, policy, items - left);
    if (fits) return verdictOf(window, true, nowMs);
    // Without Redis `askAhead` has given all of the quota by now.
    if (window.asking === undefined && window.used + items <= window.granted)
      return use(policy, subject, items);
    if (window.asking === undefined) return verdictOf(window, false, nowMs);
    return window.asking.then(() => use(policy, subject, items));
  };

  return {
    use,
    look: (policy, subject) => {
      const nowMs = monotonicMs();
      const window = windows.get(`${policy.name}:${subject}`);
      if (window === undefined || nowMs >= window.endsAtMs) return undefined;
      return verdictOf(window, window.used < window.granted || window.leftElsewhere > 0, nowMs);
    },
    size: () => windows.size,
  };
}

/** The window under this key. It begins one if there is none, and forgets the oldest beyond `windowsMax`. */
function windowOf(
  windows: Map<string, Window>,
  windowsMax: number,
  key: string,
  policy: Policy,
  nowMs: number,
): Window {
  const known = windows.get(key);
  if (known !== undefined && nowMs < known.endsAtMs) return known;
  const lease = leaseOf(policy);
  const begun: Window = {
    ...{ endsAtMs: nowMs + windowMs, granted: lease, used: 0, unreported: lease },
    ...{ leftElsewhere: policy.quota - lease, asking: undefined },
  };
  // The newest stand last, so the first one is the one that began earliest.
  windows.delete(key);
  windows.set(key, begun);
  if (windows.size > windowsMax) windows.delete(windows.keys().next().value ?? key);
  return begun;
}

function verdictOf(window: Window, allowed: boolean, nowMs: number): Verdict {
  return {
    allowed,
    remaining: Math.max(0, window.granted - window.used) + window.leftElsewhere,
    resetS: Math.max(1, Math.ceil((window.endsAtMs - nowMs) / 1_000)),
  };
}
