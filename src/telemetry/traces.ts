// The traces of a process, as the code that is traced sees them; startTraces.ts starts them. One trace holds
// the HTTP request, its command, the group commit and the projections of its events. Work that many commands
// share is a child span in the first command's trace. Links lead to the traces of the others. From the API to
// the worker, the context travels as a W3C traceparent in the event's metadata.
interface RequestSpan {
  /** For the log: the id by which the trace is found. */
  readonly traceId: string;
  /** Called once, when the request is answered. */
  readonly answered: (answer: { readonly route: string; readonly status: number }) => void;
}

export interface Traces {
  /** An HTTP request; `traceparent` is the header that its caller sent, if any. */
  readonly request: <T>(
    request: { readonly method: string; readonly path: string; readonly traceparent: string | undefined },
    work: (span: RequestSpan) => Promise<T>,
  ) => Promise<T>;
  /** One command; its events must be stored with the traceparent that `work` gets. */
  readonly command: <T>(name: string, work: (traceparent: string) => Promise<T>) => Promise<T>;
  /** A group commit of commands with these traceparents. */
  readonly batch: <T>(traceparents: readonly (string | undefined)[], work: () => Promise<T>) => Promise<T>;
  /** A part of the span under way, such as a statement. Without a span under way, only the work is done. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** A projection that takes events which were stored with these traceparents. */
  readonly projection: <T>(
    name: string,
    traceparents: readonly string[],
    work: () => Promise<T>,
  ) => Promise<T>;
  /** Sends the last spans, within seconds. Never rejects. */
  readonly close: () => Promise<void>;
}
