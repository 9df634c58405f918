// The traces themselves, on OpenTelemetry's SDK, sent as OTLP/JSON in batches. Loaded by traces.ts and only where an
// endpoint is set. It registers itself as the global one, so that the Elasticsearch client's own spans join in.
import {
  type Context,
  context,
  diag,
  DiagLogLevel,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Log } from './log.ts';
import type { Traces } from './traces.ts';

interface TracesOptions {
  /** Base URL of the receiver, without /v1/traces. */
  readonly endpoint: string;
  /** Between 0 and 1: share of the requests without a traceparent that are traced. */
  readonly sampledShare: number;
  readonly processName: string;
  readonly log: Log;
}

/** Traces that one batch or pass is linked with; those beyond keep their spans up to there. */
const linksMax = 100;
/** How long a stopping process waits for its last spans to leave. */
const lastExportMs = 2_000;

export function createTraces({ endpoint, sampledShare, processName, log }: TracesOptions): Traces {
  diag.setLogger(
    {
      error: (message, ...more) => {
        log.warn({ more }, `traces: ${message}`);
      },
      warn: (message, ...more) => {
        log.warn({ more }, `traces: ${message}`);
      },
      info: () => undefined,
      debug: () => undefined,
      verbose: () => undefined,
    },
    DiagLogLevel.WARN,
  );
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': processName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledShare) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }),
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  const tracer = provider.getTracer('wallet');
  /** Commands under way, by their traceparent: the batch that takes them links itself into their spans. */
  const commandsOpen = new Map<string, Span>();

  return {
    request: ({ method, path, traceparent }, work) => {
      const caller = parseTraceparent(traceparent);
      const parent = caller === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
      const attributes = { 'http.request.method': method, 'url.path': path };
      const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
      return during(span, parent, () =>
        work({
          traceId: span.spanContext().traceId,
          answered: ({ route, status }) => {
            span.updateName(`${method} ${route}`);
            span.setAttributes({ 'http.route': route, 'http.response.status_code': status });
            if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          },
        }),
      );
    },

    command: async (name, work) => {
      const span = tracer.startSpan(name);
      const traceparent = toTraceparent(span.spanContext());
      commandsOpen.set(traceparent, span);
      try {
        return await during(span, context.active(), () => work(traceparent));
      } finally {
        commandsOpen.delete(traceparent);
      }
    },

    batch: (traceparents, work) => {
      const [first, ...others] = sampledContexts(traceparents);
      if (first === undefined) return work();
      const parent = trace.setSpanContext(ROOT_CONTEXT, first);
      const links = others.map((other) => ({ context: other }));
      const attributes = { 'wallet.batch.commands': traceparents.length };
      const span = tracer.startSpan('group commit', { links, attributes }, parent);
      for (const other of others) {
        commandsOpen.get(toTraceparent(other))?.addLink({ context: span.spanContext() });
      }
      return during(span, parent, work);
    },

    step: (name, work) => {
      const active = context.active();
      if (trace.getSpan(active) === undefined) return work();
      return during(tracer.startSpan(name, { kind: SpanKind.CLIENT }, active), active, work);
    },

    projection: async (name, traceparents, work) => {
      const [first, ...others] = sampledContexts(traceparents);
      if (first === undefined) return work();
      const parent = trace.setSpanContext(ROOT_CONTEXT, first);
      const options = { kind: SpanKind.CONSUMER, attributes: { 'wallet.projection': name } };
      const links = others.map((other) => ({ context: other }));
      const span = tracer.startSpan(`project ${name}`, { ...options, links }, parent);
      const startTime = new Date();
      try {
        return await during(span, parent, work);
      } finally {
        // Each trace shows when its event was projected; the link leads to where the work was done.
        const link = { context: span.spanContext() };
        for (const other of others) {
          const seen = { ...options, startTime, links: [link] };
          tracer.startSpan(`project ${name}`, seen, trace.setSpanContext(ROOT_CONTEXT, other)).end();
        }
      }
    },

    close: async () => {
      try {
        await provider.forceFlush({ timeoutMillis: lastExportMs });
      } catch (error) {
        log.warn({ err: error }, 'the last traces could not be sent');
      }
    },
  };
}

/** Runs `work` with the span as the active one, and ends it with what became of the work. */
async function during<T>(span: Span, parent: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** Those that are traced, each once, at most `linksMax`. */
function sampledContexts(traceparents: readonly (string | undefined)[]): readonly SpanContext[] {
  const contexts: SpanContext[] = [];
  for (const traceparent of new Set(traceparents)) {
    const parsed = parseTraceparent(traceparent);
    if (parsed === undefined || (parsed.traceFlags & TraceFlags.SAMPLED) === 0) continue;
    contexts.push(parsed);
    if (contexts.length === linksMax) break;
  }
  return contexts;
}

const traceparentPattern = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** W3C Trace Context, of which only version 00 exists; anything else counts as none. */
function parseTraceparent(text: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = traceparentPattern.exec(text ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const parsed = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parsed) ? parsed : undefined;
}

function toTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
