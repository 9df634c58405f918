// Starts the traces of a process if OTEL_EXPORTER_OTLP_ENDPOINT is set. Without it, no code of OpenTelemetry
// is loaded.
import type { Config } from '../config/config.ts';
import type { Log } from './log.ts';
import type { Traces } from './traces.ts';

/** Undefined if traces are off. */
export async function startTraces(
  config: Pick<Config, 'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_TRACES_SAMPLER_ARG'>,
  processName: 'wallet-api' | 'wallet-worker',
  log: Log,
): Promise<Traces | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === '') return undefined;
  const { createTraces } = await import('./openTelemetry.ts');
  return createTraces({
    endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
    sampledShare: config.OTEL_TRACES_SAMPLER_ARG,
    processName,
    log,
  });
}
