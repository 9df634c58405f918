// The end of a run for the consumers of the feed: everything that is committed has to arrive, and what
// arrived is compared with the log.
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { type FeedLogEvent, readFeedLog } from '../../../harness/feed/readFeedLog.ts';
import { harnessKey } from '../../../harness/keys.ts';
import { createWalletClient, valueOf, type WalletClient } from '../../../src/client/index.ts';
import { nameOfKind } from '../../../src/feed/feedTypes.ts';
import type { Finding } from '../history/recorded.ts';
import { type AnswerKind, answerKinds } from './answers.ts';
import { describeLate, type Endpoint } from './endpoints.ts';
import { type Judged, judgeReader, judgeReceiver } from './judge.ts';
import type { Reader } from './reader.ts';
import { digestOf } from './receiver.ts';

export interface Unfinished {
  /** The API. */
  readonly url: string;
  readonly client: WalletClient;
  readonly database: Pool;
  readonly endpoints: readonly Endpoint[];
  readonly readers: readonly Reader[];
  /** The end of the log when the endpoints were made. */
  readonly after: bigint;
}

type Sums = Omit<Judged, 'findings'> & { readonly name: string };

interface ReceiverResult extends Sums {
  readonly requests: number;
  readonly answers: Readonly<Record<AnswerKind, number>>;
}

interface ReaderResult extends Sums {
  readonly connections: number;
  readonly left: number;
  readonly failed: number;
}

export interface Finished {
  readonly receivers: readonly ReceiverResult[];
  readonly readers: readonly ReaderResult[];
  /** Until everything had arrived after the last round. */
  readonly drainMs: number;
  readonly findings: readonly Finding[];
}

/** With everything well, receivers that hear of nothing new for this long hear of no more. */
const silentMaxMs = 120_000;
const arriveWithinMs = 900_000;
const arrivePollMs = 500;
const pageEvents = 1_000;

/** From now on everything is well. Waits until everything has arrived, and judges. */
export async function finish(unfinished: Unfinished): Promise<Finished> {
  const { database, url, endpoints, readers, after } = unfinished;
  const startedAt = performance.now();
  for (const { receiver } of endpoints) receiver.beWell();
  for (const reader of readers) reader.stay();
  const log = await readFeedLog(database, 0n);
  const ofTypes = (types: readonly string[] | undefined, from: bigint) =>
    log.filter(({ type, position }) => position > from && types?.includes(nameOfKind(type)) !== false);
  const wanted = endpoints.map((endpoint) => ({ endpoint, logged: ofTypes(endpoint.types, after) }));
  const shown = readers.map((reader) => ({ reader, logged: ofTypes(reader.types, 0n) }));
  const late = await arrive(unfinished, wanted, shown);
  const drainMs = Math.round(performance.now() - startedAt);
  await Promise.all(readers.map((reader) => reader.close()));
  const texts = await readTexts(url);
  const receivers = wanted.map(({ endpoint: { receiver, ordered }, logged }) => {
    const judged = judgeReceiver(receiver, logged, ordered, texts);
    const requests = answerKinds.reduce((sum, kind) => sum + receiver.answers[kind], 0);
    return { judged, name: receiver.name, requests, answers: receiver.answers };
  });
  const read = shown.map(({ reader, logged }) => {
    const judged = judgeReader(reader, logged, texts);
    return { judged, name: reader.name, connections: reader.segments.length, ...reader.counts };
  });
  const findings = [...receivers, ...read].flatMap(({ judged }) => judged.findings);
  return {
    receivers: receivers.map(withSums),
    readers: read.map(withSums),
    drainMs,
    findings: [...findings, ...late, ...unlikeLog(log, texts)],
  };
}

function withSums<T extends { readonly judged: Judged }>({ judged, ...rest }: T) {
  const { events, missing, early, repeated } = judged;
  return { ...rest, events, missing, early, repeated };
}

/** Waits until everything has arrived. Says of each endpoint for which it did not where it stands. */
async function arrive(
  { database, client, endpoints }: Unfinished,
  wanted: readonly { readonly endpoint: Endpoint; readonly logged: readonly FeedLogEvent[] }[],
  shown: readonly { readonly reader: Reader; readonly logged: readonly FeedLogEvent[] }[],
): Promise<readonly Finding[]> {
  const isReceiverLate = ({ endpoint: { receiver }, logged }: (typeof wanted)[number]) =>
    receiver.accepted.missing(logged).length > 0;
  const isReaderLate = ({ reader, logged }: (typeof shown)[number]) => reader.lastId() !== logged.at(-1)?.id;
  const deadline = performance.now() + arriveWithinMs;
  const arrived = () =>
    [
      ...endpoints.map(({ receiver }) => receiver.accepted.size()),
      ...shown.map(({ reader }) => reader.digests.size),
    ].join();
  let last = { arrived: arrived(), at: performance.now() };
  for (;;) {
    const late = wanted.filter(isReceiverLate);
    if (late.length === 0 && !shown.some(isReaderLate)) return [];
    const now = performance.now();
    if (arrived() !== last.arrived) last = { arrived: arrived(), at: now };
    if (now > deadline || now - last.at > silentMaxMs)
      return describeLate(
        database,
        late.map(({ endpoint }) => endpoint),
      );
    for (const { endpoint } of late) {
      // A fault may have left it disabled.
      const endpointId = endpoint.id;
      await client.changeWebhookEndpoint({ endpointId, enabled: true }).catch(() => undefined);
      await client.resumeWebhookEndpoint({ endpointId, from: 'parked' }).catch(() => undefined);
    }
    await pause(arrivePollMs);
  }
}

/** A digest of each event as the feed shows it, by its id. */
async function readTexts(url: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const client = createWalletClient({ url, apiKey: harnessKey.text });
  for (let after = '0'; ;) {
    const { events, next, hasMore } = valueOf(await client.listEvents({ after, limit: pageEvents }));
    for (const event of events) texts.set(event.id, digestOf(JSON.stringify(event)));
    if (!hasMore) return texts;
    after = next;
  }
}

function unlikeLog(log: readonly FeedLogEvent[], texts: ReadonlyMap<string, string>): readonly Finding[] {
  const missing = log.filter(({ id }) => !texts.has(id));
  if (missing.length === 0 && texts.size === log.length) return [];
  const detail = `GET /events shows ${texts.size} of ${log.length} events; missing ${missing[0]?.id ?? 'none'}`;
  return [{ kind: 'lost', detail }];
}
