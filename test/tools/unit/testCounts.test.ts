// The last line of `npm test` must never read better than the run was.
import { expect, test } from 'vitest';
import { countTests, lastLine, sum } from '../../../stack/testCounts.ts';

function report(passed: number, failed: number, files: { status: string; tests: string[] }[], pending = 0) {
  return JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: pending,
    numTodoTests: 0,
    testResults: files.map(({ status, tests }) => ({
      status,
      assertionResults: tests.map((test) => ({ status: test })),
    })),
  });
}

test('tests count one by one', () => {
  const files = [{ status: 'failed', tests: ['passed', 'failed'] }];
  expect(countTests(report(1, 1, files), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a file that does not load is a failure', () => {
  const files = [
    { status: 'passed', tests: ['passed'] },
    { status: 'failed', tests: [] },
  ];
  expect(countTests(report(1, 0, files), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('a run without a report is a failure', () => {
  expect(countTests(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('an error outside of every test is a failure', () => {
  const files = [{ status: 'passed', tests: ['passed'] }];
  expect(countTests(report(1, 0, files), 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test('skips are named only when there are some', () => {
  expect(lastLine({ passed: 2, failed: 0, skipped: 0 })).toBe('2 passed, 0 failed');
  const counts = [
    { passed: 2, failed: 0, skipped: 1 },
    { passed: 1, failed: 3, skipped: 0 },
  ];
  expect(lastLine(sum(counts))).toBe('3 passed, 3 failed, 1 skipped');
});
