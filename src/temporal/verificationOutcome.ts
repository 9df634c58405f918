// Reads what the result of a verification vouches for. Pure. A result may come from an older release.

/** Number of differences that a verification found. If it repaired, the number that was left afterwards. */
export function differencesLeft(result: unknown): number {
  if (typeof result !== 'object' || result === null) return 0;
  const { differencesCount = 0, remaining = null } = result as {
    differencesCount?: number;
    remaining?: { differencesCount?: number } | null;
  };
  return remaining === null ? differencesCount : (remaining.differencesCount ?? 0);
}

/**
 * True if the result is the last word on earlier findings: it has differences of its own, or it compared the
 * whole log. A run that failed, was cancelled or still goes on has no result.
 */
export function isLastWord(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return false;
  const { coverage } = result as { coverage?: { complete?: boolean } };
  return differencesLeft(result) > 0 || coverage === undefined || coverage.complete === true;
}
