// The readers and receivers of the fault bench, beside a feed and a sender that can be told to do wrong. What
// they record must show it.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { FeedLogEvent } from '../../../harness/feed/readFeedLog.ts';
import { randomOf } from '../../../harness/random.ts';
import { newSecret, parseSecret, signWebhook } from '../../../src/webhooks/signature.ts';
import { type Judged, judgeReader } from '../../faults/consumers/judge.ts';
import { type Reader, type ReaderOptions, startReader } from '../../faults/consumers/reader.ts';
import { digestOf, type Receiver, startReceiver } from '../../faults/consumers/receiver.ts';
import { eventually } from '../../support/eventually.ts';

const closings: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0)) await close();
});

/** More than a few pages. */
const eventCount = 200;
const log = Array.from({ length: eventCount }, (_, index): FeedLogEvent => {
  const subject = `w-${index % 3}`;
  const position = BigInt(index + 1);
  return { id: `${subject}@${Math.floor(index / 3) + 1}`, subject, type: 'WalletCredited', position };
});
const textOf = ({ id, subject }: FeedLogEvent) => JSON.stringify({ id, subject, type: 'wallet.credited.v1' });
const texts = new Map(log.map((event) => [event.id, digestOf(textOf(event))]));

/** The events that a connection shows after so many others. A cursor is their number. */
type Shows = (after: number) => readonly FeedLogEvent[];
const everything: Shows = (after) => log.slice(after);

async function startFeed(shows: Shows): Promise<string> {
  const server = createServer((request, response) => void show(shows, request, response));
  return listen(server);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closings.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const pauseMs = 2;

/** A stream shows a few events each two milliseconds, so that a reader leaves in the middle. */
async function show(
  shows: Shows,
  { url, headers }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { searchParams } = new URL(url ?? '', 'http://feed');
  const isStream = headers.accept === 'text/event-stream';
  const after = Number(headers['last-event-id'] ?? searchParams.get('after'));
  const shown = shows(after);
  const cursorAfter = (event: FeedLogEvent) => log.findIndex(({ id }) => id === event.id) + 1;
  if (!isStream) {
    const events = shown.slice(0, Number(searchParams.get('limit')));
    const last = events.at(-1);
    await pause(pauseMs);
    const page = { events: events.map((event) => JSON.parse(textOf(event)) as object) };
    response.end(JSON.stringify({ ...page, next: String(last ? cursorAfter(last) : after) }));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(`retry: 1\nid: ${after}\n\n`);
  for (const [index, event] of shown.entries()) {
    response.write(`id: ${cursorAfter(event)}\ndata: ${textOf(event)}\n\n`);
    if (index % 5 === 0) await pause(pauseMs);
  }
}

/** Reads until `isEnough`, and gives what the judge says then. */
async function readUntil(
  way: ReaderOptions['way'],
  shows: Shows,
  isEnough: (judged: Judged, reader: Reader) => boolean,
): Promise<{ readonly reader: Reader; readonly judged: Judged }> {
  const url = await startFeed(shows);
  const reader = startReader({ name: 'reader', way, url, random: randomOf(7), stayMaxMs: 200 });
  closings.push(reader.close);
  const judge = () => judgeReader(reader, log, texts);
  await eventually(() => isEnough(judge(), reader));
  await reader.close();
  return { reader, judged: judge() };
}

const ways = ['stream', 'polls'] as const;

it.each(ways)('a reader by %s that comes back, also with older cursors, has everything', async (way) => {
  const { judged } = await readUntil(
    way,
    everything,
    ({ missing, repeated }, { counts }) => missing === 0 && repeated > 0 && counts.left >= 5,
  );
  expect(judged).toMatchObject({ events: eventCount, missing: 0, early: 0, findings: [] });
});

it.each<[string, Shows]>([
  ['leaves out the first event after a cursor', (after) => log.slice(after === 0 ? 0 : after + 1)],
  ['shows the event before a cursor again', (after) => log.slice(Math.max(0, after - 1))],
  ['shows two events in the other order', swapped],
])('a feed that %s is found by both ways of reading', async (_, shows) => {
  for (const way of ways) {
    const { judged } = await readUntil(way, shows, ({ early }) => early > 0);
    expect(judged.findings.map(({ kind }) => kind)).toContain('order');
  }
});

function swapped(after: number): readonly FeedLogEvent[] {
  const rest = log.slice(after);
  const [first, second, ...others] = rest;
  return first && second ? [second, first, ...others] : rest;
}

const secret = newSecret('hmac');

async function receiverThatKnows(): Promise<Receiver> {
  const receiver = await startReceiver('receiver', randomOf(3));
  closings.push(receiver.close);
  receiver.know(secret.text);
  return receiver;
}

interface Sent {
  readonly event: FeedLogEvent;
  readonly text?: string;
  readonly id?: string;
  readonly path?: string;
  readonly signedWith?: typeof secret;
}

/** True if a whole 2xx came back. */
async function send(receiver: Receiver, { event, ...changes }: Sent): Promise<boolean> {
  const {
    text = textOf(event),
    id = `evt_${event.id.replace('@', '_')}`,
    path = '',
    signedWith = secret,
  } = changes;
  const timestampSeconds = Math.floor(Date.now() / 1_000);
  const body = Buffer.from(text);
  const signature = signWebhook([parseSecret(signedWith.text)], { id, timestampSeconds, body });
  const unanswered = receiver.answers.timeout;
  const giveUp = new AbortController();
  const looking = setInterval(() => {
    if (receiver.answers.timeout > unanswered) giveUp.abort();
  }, 5);
  try {
    const response = await fetch(`${receiver.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signature,
      },
      body,
      signal: giveUp.signal,
    });
    await response.text();
    return response.ok;
  } catch {
    return false;
  } finally {
    clearInterval(looking);
  }
}

it('a receiver accepts exactly the events that it answered with a whole 2xx', async () => {
  const receiver = await receiverThatKnows();
  const kinds = () => Object.values(receiver.answers).filter((count) => count > 0).length;
  const heard = new Set<string>();
  for (let round = 0; kinds() < 7 && round < 5_000; round += 1) {
    const event = { ...(log[round % eventCount] as FeedLogEvent), id: `r@${round}` };
    for (let tries = 0; tries < 5; tries += 1)
      if (await send(receiver, { event })) {
        heard.add(event.id);
        break;
      }
    expect(receiver.accepted.size()).toBe(heard.size);
  }
  expect(kinds()).toBe(7);
  expect(receiver.wrong).toEqual([]);
});

it.each<[string, Omit<Sent, 'event'>]>([
  ['another signature', { signedWith: newSecret('hmac') }],
  ['another body', { text: textOf(log[0] as FeedLogEvent).replace('}', ',"more":1}') }],
  ['another webhook-id', { id: 'evt_other' }],
  ['a redirect that was followed', { path: 'elsewhere' }],
])('a receiver notes %s', async (_, changes) => {
  const receiver = await receiverThatKnows();
  receiver.beWell();
  const event = log[0] as FeedLogEvent;
  await send(receiver, { event });
  expect(receiver.wrong).toEqual([]);
  await send(receiver, { event, ...changes });
  expect(receiver.wrong).toHaveLength(1);
});

it('a receiver that has become well accepts everything', async () => {
  const receiver = await receiverThatKnows();
  receiver.beWell();
  const some = log.slice(0, 20);
  for (const event of some) expect(await send(receiver, { event })).toBe(true);
  expect(receiver.accepted.missing(some)).toEqual([]);
  expect(receiver.accepted.early(some)).toEqual([]);
});
