// Counts for `npm test` the tests in vitest's JSON report. Every error outside of a test counts as one
// failure, so that a failed run never reads as "0 failed".
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

/** `report` is the text of the report, undefined if there is none. `code` is vitest's exit code. */
export function countTests(text: string | undefined, exitCode: number): Counts {
  if (text === undefined) return { ...noCounts, failed: 1 };
  const report = JSON.parse(text) as Report;
  // A file that cannot be loaded, or whose hook fails, fails without a failed test.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (left, right) => ({
      passed: left.passed + right.passed,
      failed: left.failed + right.failed,
      skipped: left.skipped + right.skipped,
    }),
    noCounts,
  );
}

export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
