// Remembers the failures that this process itself met while it carried out operations. A store may answer
// every question of the health model and still refuse the work: a disk is full, or Redis answers too late.
// Only the process that works knows. It is called after failures, and once after each commit.
import type { ProcessFacts, SeriesOfFailures } from './facts.ts';

export interface OwnFailures {
  readonly lockBypassed: (reason: Error) => void;
  readonly rateCountedLocally: (reason: Error) => void;
  readonly commitFailed: (error: unknown) => void;
  readonly commandRefused: (code: string) => void;
  /** Ends the series of failed commits. */
  readonly committed: () => void;
  readonly facts: () => ProcessFacts;
}

/** A series is over if nothing failed for so long. */
const quietAfterMs = 30_000;

interface Series {
  count: number;
  lastAtMs: number;
  reason: string;
}

export function createOwnFailures(monotonicMs: () => number): OwnFailures {
  const bypasses: Series = { count: 0, lastAtMs: -Infinity, reason: '' };
  const rates: Series = { count: 0, lastAtMs: -Infinity, reason: '' };
  const commits: Series = { count: 0, lastAtMs: -Infinity, reason: '' };
  const refusals: Series = { count: 0, lastAtMs: -Infinity, reason: '' };

  const add = (series: Series, error: unknown) => {
    const atMs = monotonicMs();
    if (atMs - series.lastAtMs > quietAfterMs) series.count = 0;
    series.count += 1;
    series.lastAtMs = atMs;
    series.reason = error instanceof Error && error.message !== '' ? error.message : String(error);
  };
  const show = ({ count, lastAtMs, reason }: Series): SeriesOfFailures | null =>
    count === 0 || monotonicMs() - lastAtMs > quietAfterMs ? null : { count, reason };

  return {
    lockBypassed: (reason) => {
      add(bypasses, reason);
    },
    rateCountedLocally: (reason) => {
      add(rates, reason);
    },
    commitFailed: (error) => {
      add(commits, error);
    },
    commandRefused: (code) => {
      add(refusals, code);
    },
    committed: () => {
      commits.count = 0;
    },
    facts: () => ({
      locksBypassed: show(bypasses),
      ratesLocal: show(rates),
      commitsFailed: show(commits),
      commandsRefused: show(refusals),
    }),
  };
}
