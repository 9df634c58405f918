// Runs one load at an even pace. The load is JSON in the only argument. Prints one `RESULT` line. See
// programs.ts.
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'undici';
import { harnessKey } from '../../harness/keys.ts';
import { latencyOf } from '../statistics.ts';
import { answerWithinS, type Load, type LoadResult } from './load.ts';
import { createRequests } from './requests.ts';

async function run(load: Load): Promise<LoadResult> {
  const { url, connections, seconds, ratePerS } = load;
  if (ratePerS === undefined) throw new Error('an even load needs a rate');
  const headersTimeout = answerWithinS * 1e3;
  const pool = new Pool(url, { connections, pipelining: 1, headersTimeout });
  const nextRequest = createRequests(load);
  const latenciesMs: number[] = [];
  const counts = { acknowledged: 0, refused: 0, failed: 0 };
  const send = async (): Promise<void> => {
    const { path, key, body } = nextRequest();
    const headers = {
      ...harnessKey.headers,
      'content-type': 'application/json',
      'idempotency-key': key,
    };
    const sentAt = performance.now();
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body });
      await answer.body.dump();
      counts[answer.statusCode >= 200 && answer.statusCode < 300 ? 'acknowledged' : 'refused'] += 1;
    } catch {
      counts.failed += 1;
    }
    latenciesMs.push(performance.now() - sentAt);
  };
  const startedAt = performance.now();
  const open = new Set<Promise<void>>();
  for (let sent = 0; sent < Math.round(seconds * ratePerS); sent += 1) {
    const earlyMs = startedAt + (sent * 1e3) / ratePerS - performance.now();
    await (earlyMs > 1 ? pause(earlyMs) : nextTurn());
    const sending = send().finally(() => open.delete(sending));
    open.add(sending);
  }
  await Promise.all(open);
  const elapsedS = (performance.now() - startedAt) / 1e3;
  await pool.close();
  return { seconds: elapsedS, ...counts, latencyMs: latencyOf(latenciesMs) };
}

console.log(`RESULT ${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as Load))}`);
