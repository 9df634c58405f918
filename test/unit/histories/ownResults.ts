import type { DecidedResult, SubmissionResult } from '../../../src/commands/submission.ts';

/** The results of commands that this process was sent. Only a command of another process is called back. */
export function ownResults(results: readonly DecidedResult[]): readonly SubmissionResult[] {
  return results.map((result) => {
    if (result.kind === 'recalled') throw new Error('a command was called back that nobody handed over');
    return result;
  });
}
