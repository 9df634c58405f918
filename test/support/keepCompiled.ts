// Runs after each test file and keeps the compiled code of the packages that it loaded, for the next files.
// vitest ends its processes by a signal, and Node.js by itself keeps compiled code only at a normal end.
import { flushCompileCache } from 'node:module';
import { afterAll } from 'vitest';

afterAll(() => {
  flushCompileCache();
});
