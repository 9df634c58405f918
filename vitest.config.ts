// Two projects: unit tests run pure code and need nothing; all other tests share one stack, which
// test/support/globalSetup.ts starts. So a run of unit tests alone starts no stack.
// Test files share the processes that run them, and the modules that these have loaded. In processes of their
// own, 304 files spent a sixth of their time on imports. So a module keeps no state that a test could see.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    isolate: false,
    // Tests wait for a third of their time, so three files at once keep two cores busy.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        // Some tests read the whole repository, which takes seconds on a busy machine.
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts', 'test/tools/unit/**/*.test.ts'],
          setupFiles: ['test/support/keepCompiled.ts', 'test/support/undoReplacements.ts'],
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
          setupFiles: ['keepCompiled', 'undoReplacements', 'leaveNoSchedules'].map(
            (name) => `test/support/${name}.ts`,
          ),
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
