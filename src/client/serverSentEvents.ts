// Reads the frames of a stream of server-sent events, as the service writes them. A frame has one line of
// data at most.

export interface Frame {
  readonly id: string | undefined;
  /** Undefined for a comment, and for an id alone. */
  readonly data: string | undefined;
}

/** The service sends a comment every 15 s. A connection that is silent for longer is dead. */
const silenceMaxMs = 45_000;

/**
 * The frames until the service ends the stream, `signal` comes, or the connection falls silent. Rejects if
 * the connection breaks off.
 */
export async function* framesOf(response: Response, signal: AbortSignal): AsyncGenerator<Frame, void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  const leave = () => {
    // A connection that broke off is left already.
    reader.cancel().catch(() => undefined);
  };
  signal.addEventListener('abort', leave);
  if (signal.aborted) leave();
  try {
    let text = '';
    for (;;) {
      const timer = setTimeout(leave, silenceMaxMs);
      const { done, value } = await reader.read().finally(() => {
        clearTimeout(timer);
      });
      if (done) return;
      const frames = `${text}${value}`.split('\n\n');
      // The last one is not whole yet.
      text = frames.pop() ?? '';
      yield* frames.map(frameOf);
    }
  } finally {
    signal.removeEventListener('abort', leave);
    leave();
  }
}

/**
 * Lines end at a line feed alone. Data may have other characters that regular expressions take for an end.
 */
function frameOf(text: string): Frame {
  const lines = text.split('\n');
  const valueOf = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
  return { id: valueOf('id: '), data: valueOf('data: ') };
}
