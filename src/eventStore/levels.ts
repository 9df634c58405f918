// The forms of stored rows, step by step. A release reads a new form before any release writes it. The
// database holds the level that is open (`log_head.level`), and each batch loads it. Below the level of a
// form, a process reads that form and never writes it. openLevels.ts opens a level.

/** The forms that each level allows. Every form stays readable for ever. */
export const levels = { compactEvents: 2, compactRecords: 3, postings: 4 } as const;

/** The highest level that this release reads and writes. */
export const levelMax = Math.max(...Object.values(levels));

/** A session tells the level of its process, so that a process that reports nothing is known by its name. */
export function sessionName(applicationName: string): string {
  return `${applicationName}@${levelMax}`;
}
