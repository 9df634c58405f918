// Runs after each test file and undoes what it replaced in its process: variables, globals, functions and the
// clock. The next file runs in the same process.
import { afterAll, vi } from 'vitest';

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});
