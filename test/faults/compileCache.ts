// Loaded before the program: keeps what Node.js compiled in a folder of the stand. A process that is killed writes no
// cache, so it is written while the process runs; every later start finds it.
import { enableCompileCache, flushCompileCache } from 'node:module';

const folder = process.env.TEST_COMPILE_CACHE;
if (folder === undefined) throw new Error('TEST_COMPILE_CACHE must name the folder');
const flushAfterMs = 3_000;

enableCompileCache(folder);
setTimeout(flushCompileCache, flushAfterMs).unref();
