// Reads the event feed as a program does: page by page, or as a stream of server-sent events.
import { expect } from 'vitest';
import type { CloudEvent } from '../../src/feed/cloudEvent.ts';
import { get, type TestApi } from './api.ts';

export interface FeedPageAnswer {
  readonly events: readonly CloudEvent[];
  readonly next: string;
  readonly hasMore: boolean;
}

export async function eventPage(
  api: TestApi,
  query: Readonly<Record<string, string>> = {},
): Promise<FeedPageAnswer> {
  const { status, text } = await get(api, `/events?${new URLSearchParams(query).toString()}`);
  expect(status, text).toBe(200);
  return JSON.parse(text) as FeedPageAnswer;
}

/** Every event until the end of the log, and the cursor there. */
export async function everyEventOf(
  api: TestApi,
  query: Readonly<Record<string, string>> = {},
): Promise<{ readonly ids: readonly string[]; readonly next: string; readonly pages: number }> {
  const ids: string[] = [];
  let after = query.after ?? '0';
  for (let pages = 1; ; pages += 1) {
    const page = await eventPage(api, { ...query, after });
    ids.push(...page.events.map(({ id }) => id));
    after = page.next;
    if (!page.hasMore) return { ids, next: after, pages };
    expect(pages).toBeLessThan(1_000);
  }
}

interface Frame {
  readonly id: string | undefined;
  readonly event: CloudEvent | undefined;
  readonly text: string;
}

export interface OpenStream {
  readonly response: Response;
  /** The next frame, or undefined at the end. Rejects if the stream breaks off. */
  readonly next: () => Promise<Frame | undefined>;
  /** The next events, as many as asked. */
  readonly events: (count: number) => Promise<readonly CloudEvent[]>;
  /** Every event until the stream ends by itself. */
  readonly rest: () => Promise<readonly CloudEvent[]>;
  readonly lastId: () => string | undefined;
  readonly leave: () => Promise<void>;
}

export async function openEvents(
  api: Pick<TestApi, 'app'>,
  query: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenStream> {
  const response = await api.app.request(`/events?${new URLSearchParams(query).toString()}`, {
    headers: { accept: 'text/event-stream', ...headers },
  });
  return streamOf(response);
}

function streamOf(response: Response): OpenStream {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) throw new Error('the answer has no body');
  let buffered = '';
  let lastId: string | undefined;
  const next = async (): Promise<Frame | undefined> => {
    for (;;) {
      const end = buffered.indexOf('\n\n');
      if (end >= 0) {
        const text = buffered.slice(0, end);
        buffered = buffered.slice(end + 2);
        const lines = text.split('\n');
        const valueOf = (name: string) => lines.find((line) => line.startsWith(name))?.slice(name.length);
        const id = valueOf('id: ');
        const data = valueOf('data: ');
        lastId = id ?? lastId;
        return { id, text, event: data === undefined ? undefined : (JSON.parse(data) as CloudEvent) };
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      buffered += value;
    }
  };
  const collect = async (count: number) => {
    const found: CloudEvent[] = [];
    while (found.length < count) {
      const frame = await next();
      if (frame === undefined) return found;
      if (frame.event !== undefined) found.push(frame.event);
    }
    return found;
  };
  return {
    response,
    next,
    events: collect,
    rest: () => collect(Infinity),
    lastId: () => lastId,
    leave: () => reader.cancel(),
  };
}
