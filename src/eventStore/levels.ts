// The forms of stored rows, step by step. A release reads a new form before any release writes it. The
// database holds the level that is open (`log_head.level`), and each load of a batch reads it. Below the
// level of a form, a process reads that form and never writes it. openLevels.ts opens a level.

/** The forms that each level allows. Every form stays readable for ever. */
export const levels = {
  compactEvents: 2,
  compactRecords: 3,
  postings: 4,
  coveredCommandIds: 5,
  walletState: 6,
  alerts: 7,
  segments: 8,
  ledgerSums: 9,
  ledgerSegments: 10,
  archive: 11,
  endedSums: 12,
} as const;

/** The highest level that this release reads and writes. */
export const levelMax = Math.max(...Object.values(levels));

/**
 * The name of a session ends with the level of its process. Sessions without a level are those of the release
 * before levels, which reports nothing.
 */
export function sessionName(applicationName: string): string {
  return `${applicationName}@${levelMax}`;
}
