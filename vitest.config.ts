// Two projects: tests of pure code need nothing, all others share one stack that test/support/globalSetup.ts starts.
// A run that only touches test/unit therefore starts no stack.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    // The parts of the stack and two test files at once keep two cores busy.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Reading the whole repository takes seconds where other things run too.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/{api,integration,workflows,e2e,faults}/**/*.test.ts'],
          globalSetup: ['test/support/globalSetup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
