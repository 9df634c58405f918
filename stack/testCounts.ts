// What `npm test` counts: the tests in vitest's JSON report, and as one failure each whatever went wrong outside of a
// test, so that a run that failed never reads as "0 failed".
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

/** From the report's text, undefined when there is none, and vitest's exit code. */
export function countTests(text: string | undefined, exitCode: number): Counts {
  if (text === undefined) return { ...noCounts, failed: 1 };
  const report = JSON.parse(text) as Report;
  // A file that can't be loaded, or whose hook fails, has failed without a failed test.
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
