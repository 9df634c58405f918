// Traces, off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; then nothing of OpenTelemetry is even loaded. One trace holds
// the HTTP request, its command, the group commit and the projections of its events; what is done for many commands at
// once is a child of the first one's trace and linked with all the others'. Between processes the context travels as a
// W3C traceparent in the event's metadata.
interface RequestSpan {
  /** For the log: what the trace is found by. */
  readonly traceId: string;
  /** Told once, when the request is answered. */
  readonly answered: (answer: { readonly route: string; readonly status: number }) => void;
}

export interface Traces {
  /** An HTTP request; `traceparent` is what its caller sent, if anything. */
  readonly request: <T>(
    request: { readonly method: string; readonly path: string; readonly traceparent: string | undefined },
    work: (span: RequestSpan) => Promise<T>,
  ) => Promise<T>;
  /** One command; `work` gets the traceparent under which its events are to be stored. */
  readonly command: <T>(name: string, work: (traceparent: string) => Promise<T>) => Promise<T>;
  /** A group commit of commands with these traceparents. */
  readonly batch: <T>(traceparents: readonly (string | undefined)[], work: () => Promise<T>) => Promise<T>;
  /** A part of what is under way, such as a statement; without anything under way just the work. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** A projection taking events that were stored under these traceparents. */
  readonly projection: <T>(
    name: string,
    traceparents: readonly string[],
    work: () => Promise<T>,
  ) => Promise<T>;
  /** Sends what is left, within seconds. Never rejects. */
  readonly close: () => Promise<void>;
}
