// Reads streams of the event feed in this process, each over a connection of its own. It does not come back
// after a stream has ended, so the missing events tell of it.
import { request } from 'node:http';
import { harnessKey } from '../../harness/keys.ts';

const openedAtOnce = 100;

/** Lets the API hold that many streams of one caller. */
export function settingsForStreams(count: number): Readonly<Record<string, string>> {
  const readers = String(count + 10);
  return {
    EVENT_READERS_MAX: readers,
    EVENT_READERS_PER_TENANT_MAX: readers,
    EVENT_READERS_PER_CALLER_MAX: readers,
    // Readers get half of them.
    HTTP_CONNECTIONS_MAX: String(2 * (count + 10) + 100),
  };
}

export interface Streams {
  readonly close: () => void;
}

/** Opens a stream for each filter, which is a part of the query or empty. Resolves when all have begun. */
export async function openStreams(
  url: string,
  filters: readonly string[],
  take: (text: string) => void,
): Promise<Streams> {
  const streams: Streams[] = [];
  while (streams.length < filters.length) {
    const next = filters.slice(streams.length, streams.length + openedAtOnce);
    streams.push(...(await Promise.all(next.map((filter) => openStream(url, filter, take)))));
  }
  return {
    close: () => {
      for (const stream of streams) stream.close();
    },
  };
}

function openStream(url: string, filter: string, take: (text: string) => void): Promise<Streams> {
  return new Promise((resolve, reject) => {
    const headers = { ...harnessKey.headers, accept: 'text/event-stream' };
    const sent = request(`${url}/events?after=latest${filter}`, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`a stream was answered with ${response.statusCode}`));
      let rest = '';
      response.setEncoding('utf8');
      response.once('data', () => {
        resolve({ close: () => sent.destroy() });
      });
      response.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.startsWith('data: ')) take(line.slice('data: '.length));
      });
      response.on('error', () => undefined);
    });
    sent.on('error', reject);
    sent.end();
  });
}
