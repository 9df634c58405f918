// Runs one load by autocannon. The load is JSON in the only argument. Prints one `RESULT` line. See
// programs.ts.
import autocannon from 'autocannon';
import { harnessKey } from '../../harness/keys.ts';
import { latencyOf } from '../statistics.ts';
import { answerWithinS, type Load, type LoadResult } from './load.ts';
import { createRequests } from './requests.ts';

function run(load: Load): Promise<LoadResult> {
  const nextRequest = createRequests(load);
  const latenciesMs: number[] = [];
  let acknowledged = 0;
  let refused = 0;
  const startedAt = performance.now();
  const options: autocannon.Options = {
    url: load.url,
    connections: load.connections,
    duration: load.seconds,
    timeout: answerWithinS,
    ...(load.ratePerS === undefined ? {} : { overallRate: load.ratePerS }),
    requests: [
      {
        setupRequest: (request) => {
          const { path, key, body } = nextRequest();
          const headers = {
            ...harnessKey.headers,
            'content-type': 'application/json',
            'idempotency-key': key,
          };
          return { ...request, method: 'POST', path, headers, body };
        },
      },
    ],
  };
  return new Promise((resolve, reject) => {
    const instance = autocannon(options, (error: Error | null, result) => {
      if (error !== null) {
        reject(error);
        return;
      }
      const { errors, timeouts } = result;
      const seconds = (performance.now() - startedAt) / 1e3;
      const latencyMs = latencyOf(latenciesMs);
      resolve({ seconds, acknowledged, refused, failed: errors + timeouts, latencyMs });
    });
    instance.on('response', (_, status, __, latencyMs) => {
      latenciesMs.push(latencyMs);
      if (status >= 200 && status < 300) acknowledged += 1;
      else refused += 1;
    });
  });
}

console.log(`RESULT ${JSON.stringify(await run(JSON.parse(process.argv[2] ?? '') as Load))}`);
