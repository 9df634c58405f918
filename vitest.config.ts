// Two projects: unit tests run pure code and need nothing; all other tests share one stack, which
// test/support/globalSetup.ts starts. So a run of unit tests alone starts no stack.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    // The parts of the stack and two test files at once keep two cores busy.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Some tests read the whole repository, which takes seconds on a busy machine.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/tools/unit/**/*.test.ts'],
          setupFiles: ['test/support/keepCompiled.ts'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{api,integration,workflows,e2e,faults,tools}/**/*.test.ts'],
          exclude: ['test/tools/unit/**'],
          globalSetup: ['test/support/globalSetup.ts'],
          setupFiles: ['test/support/keepCompiled.ts', 'test/support/leaveNoSchedules.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
