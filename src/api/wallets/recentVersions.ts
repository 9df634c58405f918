// Remembers the newest version of each wallet that this process acknowledged in the last seconds. Reads use
// it to pass over a read model that is older. It runs once a command and once a read, so it is two maps. The
// older one is forgotten as a whole.
//
// Invariant: it never holds more than twice `walletsMax` wallets. Beyond that the oldest are forgotten early,
// and their reads are eventually consistent again.

export interface RecentVersions {
  readonly acknowledge: (walletId: string, version: number) => void;
  /** The newest version acknowledged here, or 0 if it is forgotten or was never known. */
  readonly versionOf: (walletId: string) => number;
}

export interface RecentVersionsOptions {
  /** A version is remembered at least this long, and at most twice as long. 0 remembers nothing. */
  readonly keptMs: number;
  readonly walletsMax: number;
  readonly monotonicMs: () => number;
}

export function createRecentVersions(options: RecentVersionsOptions): RecentVersions {
  const { keptMs, walletsMax, monotonicMs } = options;
  let newer = new Map<string, number>();
  let older = new Map<string, number>();
  let beganAt = monotonicMs();

  const forgetOld = (): void => {
    const age = monotonicMs() - beganAt;
    if (age < keptMs && newer.size < walletsMax) return;
    older = age < 2 * keptMs ? newer : new Map<string, number>();
    newer = new Map();
    beganAt = monotonicMs();
  };
  const versionOf = (walletId: string): number => newer.get(walletId) ?? older.get(walletId) ?? 0;

  return {
    acknowledge(walletId, version) {
      if (keptMs === 0) return;
      forgetOld();
      // A replay may acknowledge an older version than the last one.
      newer.set(walletId, Math.max(version, versionOf(walletId)));
    },
    versionOf(walletId) {
      if (newer.size === 0 && older.size === 0) return 0;
      forgetOld();
      return versionOf(walletId);
    },
  };
}
