// Adds the Temporal SDK's own metrics to the worker's. The SDK serves them itself, on a port of the loopback
// address. The worker fetches them at each scrape and appends them to its own. So a worker is one address to
// scrape.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { Gauge } from 'prom-client';
import type { Config } from '../src/config/config.ts';
import type { Exposition, MetricsRegistry } from '../src/telemetry/registry.ts';

export const temporalMetricsHost = '127.0.0.1';
/** The SDK answers from memory. If it takes longer, it hangs. */
const answerWithinMs = 1_000;

/** TEMPORAL_METRICS_PORT, or a free port if that is 0: any number of workers may run on one machine. */
export async function temporalMetricsPort({
  TEMPORAL_METRICS_PORT: port,
}: Pick<Config, 'TEMPORAL_METRICS_PORT'>): Promise<number> {
  if (port !== 0) return port;
  const server = createServer().listen(0, temporalMetricsHost);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

/**
 * The worker's metrics, then the SDK's. If the SDK does not answer, a gauge says so and its metrics are left
 * out.
 */
export function withTemporalMetrics(
  { registry, exposition }: MetricsRegistry,
  port: number,
  onFailure: (error: unknown) => void,
): () => Promise<Exposition> {
  const up = new Gauge({
    name: 'wallet_temporal_sdk_metrics_up',
    help: "1 if the Temporal SDK's own metrics are part of this answer, else 0.",
    registers: [registry],
  });
  return async () => {
    let sdkText = '';
    try {
      const signal = AbortSignal.timeout(answerWithinMs);
      const response = await fetch(`http://${temporalMetricsHost}:${port}/metrics`, { signal });
      if (!response.ok) throw new Error(`the Temporal SDK answered ${response.status}`);
      sdkText = await response.text();
    } catch (error) {
      onFailure(error);
    }
    up.set(sdkText === '' ? 0 : 1);
    const own = await exposition();
    return { ...own, text: `${own.text}${sdkText}` };
  };
}
