// Makes the traces with OpenTelemetry's SDK and sends them as OTLP/JSON in batches. The file is loaded only
// if an endpoint is set. The SDK is registered as the global one, so that the Elasticsearch client adds its
// own spans.
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
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

/** Traces that one batch or pass is linked with; the traces of further commands end with the command. */
const linksMax = 100;
/** How long a stopping process waits for its last spans to leave. */
const lastExportMs = 2_000;

const propagator = new W3CTraceContextPropagator();

export function createTraces(options: TracesOptions): Traces {
  const { log } = options;
  const provider = startProvider(options);
  const tracer = provider.getTracer('wallet');
  return {
    ...requestSpans(tracer),
    ...commandSpans(tracer),
    ...projectionSpans(tracer),
    close: async () => {
      try {
        await provider.forceFlush({ timeoutMillis: lastExportMs });
      } catch (error) {
        log.warn({ err: error }, 'the last traces could not be sent');
      }
    },
  };
}

/** Registers the SDK as the global one of the process, with its own warnings in our log. */
function startProvider({ endpoint, sampledShare, processName, log }: TracesOptions): TracerProvider {
  const warn = (message: string, ...more: unknown[]) => {
    log.warn({ more }, `traces: ${message}`);
  };
  const ignore = () => undefined;
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
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
  return provider;
}

function requestSpans(tracer: Tracer): Pick<Traces, 'request' | 'step'> {
  return {
    request: ({ method, path, traceparent }, work) => {
      const parent = propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
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

    step: (name, work) => {
      const active = context.active();
      if (trace.getSpan(active) === undefined) return work();
      return during(tracer.startSpan(name, { kind: SpanKind.CLIENT }, active), active, work);
    },
  };
}

function commandSpans(tracer: Tracer): Pick<Traces, 'command' | 'batch'> {
  /** Commands under way, by their traceparent: the batch that takes them adds a link to their spans. */
  const commandsOpen = new Map<string, Span>();
  return {
    command: async (name, work) => {
      const span = tracer.startSpan(name);
      const traceparent = traceparentOf(span.spanContext());
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
        commandsOpen.get(traceparentOf(other))?.addLink({ context: span.spanContext() });
      }
      return during(span, parent, work);
    },
  };
}

function projectionSpans(tracer: Tracer): Pick<Traces, 'projection'> {
  return {
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
        // Each trace shows when its event was projected. The link leads to the span of the work.
        const link = { context: span.spanContext() };
        for (const other of others) {
          const shown = { ...options, startTime, links: [link] };
          tracer.startSpan(`project ${name}`, shown, trace.setSpanContext(ROOT_CONTEXT, other)).end();
        }
      }
    },
  };
}

/** Runs `work` with the span as the active one. Ends the span, with the error if the work failed. */
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

/** The contexts of the traceparents that are sampled, each once, at most `linksMax`. */
function sampledContexts(traceparents: readonly (string | undefined)[]): readonly SpanContext[] {
  const contexts: SpanContext[] = [];
  for (const traceparent of new Set(traceparents)) {
    const extracted = propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    const parsed = trace.getSpanContext(extracted);
    if (parsed === undefined || (parsed.traceFlags & TraceFlags.SAMPLED) === 0) continue;
    contexts.push(parsed);
    if (contexts.length === linksMax) break;
  }
  return contexts;
}

function traceparentOf(spanContext: SpanContext): string {
  const carrier: { traceparent?: string } = {};
  propagator.inject(trace.setSpanContext(ROOT_CONTEXT, spanContext), carrier, defaultTextMapSetter);
  if (carrier.traceparent === undefined) throw new Error('a span of this process has no valid context');
  return carrier.traceparent;
}
