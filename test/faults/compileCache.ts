// Loaded before the program: keeps the code that Node.js compiled in a folder of the environment. A killed
// process writes no cache, so the cache is written while the process runs. Every later start reads it.
import { enableCompileCache, flushCompileCache } from 'node:module';

const folder = process.env.TEST_COMPILE_CACHE;
if (folder === undefined) throw new Error('TEST_COMPILE_CACHE must name the folder');
const flushAfterMs = 3_000;

enableCompileCache(folder);
setTimeout(flushCompileCache, flushAfterMs).unref();
