// The load generator from npm, for machines without wrk. It runs in this process, which does nothing else
// meanwhile. It costs more processor time per request than wrk, so its figures compare only with each other.
import autocannon from 'autocannon';
import { latencyOf } from '../statistics.ts';
import { answerWithinS, type Generator } from './load.ts';
import { createRequests } from './requests.ts';

export const generateByAutocannon: Generator = async (load, signal) => {
  const nextRequest = createRequests(load);
  const latenciesMs: number[] = [];
  let acknowledged = 0;
  let refused = 0;
  const startedAt = performance.now();
  const ended = Promise.withResolvers<autocannon.Result>();
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
          const headers = { 'content-type': 'application/json', 'idempotency-key': key };
          return { ...request, method: 'POST', path, headers, body };
        },
      },
    ],
  };
  const instance = autocannon(options, (error: Error | null, result) => {
    if (error === null) ended.resolve(result);
    else ended.reject(error);
  });
  instance.on('response', (_, status, __, latencyMs) => {
    latenciesMs.push(latencyMs);
    if (status >= 200 && status < 300) acknowledged += 1;
    else refused += 1;
  });
  const stop = () => {
    instance.stop();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { errors, timeouts } = await ended.promise;
    signal.throwIfAborted();
    const seconds = (performance.now() - startedAt) / 1e3;
    return { seconds, acknowledged, refused, failed: errors + timeouts, latencyMs: latencyOf(latenciesMs) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
