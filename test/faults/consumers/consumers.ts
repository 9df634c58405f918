// The consumers of the feed that run beside the histories: readers that leave and come back, receivers of
// webhooks that fail, and an operator who nudges what waits. In the end they get everything, and are judged.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client as Temporal } from '@temporalio/client';
import type { Pool } from 'pg';
import { type FeedLogEvent, readFeedLog } from '../../../harness/feed/readFeedLog.ts';
import { harnessKey } from '../../../harness/keys.ts';
import { between, pick, type Random, randomOf, whole } from '../../../harness/random.ts';
import { createWalletClient, valueOf, type WalletClient } from '../../../src/client/index.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { nameOfKind } from '../../../src/feed/feedTypes.ts';
import type { Finding } from '../history/recorded.ts';
import { type AnswerKind, answerKinds } from './answers.ts';
import { type Judged, judgeReader, judgeReceiver } from './judge.ts';
import { type Reader, startReader } from './reader.ts';
import { digestOf, type Receiver, startReceiver } from './receiver.ts';

/** A webhook endpoint, with its receiver. */
export interface Endpoint {
  readonly id: string;
  readonly ordered: boolean;
  readonly types: readonly string[] | undefined;
  readonly receiver: Receiver;
}

export interface Consumers {
  /** Makes the endpoints and begins to read. Everything in the log from then on has to arrive. */
  readonly start: () => Promise<void>;
  /** None before the start. */
  readonly endpoints: () => readonly Endpoint[];
  /** Readers that have a connection now. */
  readonly openReaders: () => number;
  /** Resolves once no endpoint waits for anything that the log has now, at the latest with the signal. */
  readonly caughtUp: (signal: AbortSignal) => Promise<void>;
  /** How many events each receiver has accepted. */
  readonly accepted: () => readonly number[];
  /** Calls the API as the owner of the endpoints does. */
  readonly client: WalletClient;
  /** Waits until everything has arrived, and judges. Undefined before the start. */
  readonly finish: () => Promise<ConsumersResult | undefined>;
  readonly close: () => Promise<void>;
}

export interface ConsumersResult {
  readonly receivers: readonly ReceiverResult[];
  readonly readers: readonly ReaderResult[];
  /** How often an operator had everything tried at once that waited. */
  readonly nudges: number;
  /** Until everything had arrived after the last round. */
  readonly drainMs: number;
  readonly findings: readonly Finding[];
}

type Sums = Omit<Judged, 'findings'> & { readonly name: string };

export interface ReceiverResult extends Sums {
  readonly requests: number;
  readonly answers: Readonly<Record<AnswerKind, number>>;
}

export interface ReaderResult extends Sums {
  readonly connections: number;
  readonly left: number;
  readonly failed: number;
}

export interface ConsumersOptions {
  readonly url: string;
  readonly database: Pool;
  readonly temporal: Temporal;
  readonly seed: number;
}

const movements = [
  ...(['wallet.credited.v1', 'wallet.debited.v1', 'transfer.sent.v1', 'transfer.received.v1'] as const),
  ...(['hold.placed.v1', 'hold.captured.v1', 'hold.released.v1', 'wallet.alert.v1'] as const),
];
const plans = [
  { name: 'receiver in order', ordered: true, types: undefined },
  { name: 'receiver without order', ordered: false, types: undefined },
  { name: 'receiver of some types', ordered: true, types: movements },
];
const readerPlans = [
  { name: 'stream of everything', way: 'stream' },
  { name: 'stream of some types', way: 'stream', types: movements },
  { name: 'long polls of everything', way: 'polls' },
] as const;

const nudgeEveryMs = [500, 3_000] as const;
/** With everything well, receivers that hear of nothing new for this long hear of no more. */
const silentMaxMs = 120_000;
const arriveWithinMs = 900_000;
const arrivePollMs = 500;
const pageEvents = 1_000;

interface State {
  readonly options: ConsumersOptions;
  readonly client: WalletClient;
  readonly random: Random;
  readonly stop: AbortController;
  readonly endpoints: Endpoint[];
  readonly readers: Reader[];
  nudging: Promise<void>;
  nudges: number;
  after: bigint | undefined;
}

export function createConsumers(options: ConsumersOptions): Consumers {
  const { url, seed } = options;
  const state: State = {
    ...{ options, random: randomOf(seed), stop: new AbortController() },
    client: createWalletClient({ url, apiKey: harnessKey.text }),
    ...{ endpoints: [], readers: [], nudging: Promise.resolve(), nudges: 0, after: undefined },
  };
  return {
    client: state.client,
    endpoints: () => state.endpoints,
    openReaders: () => state.readers.filter((reader) => reader.isOpen()).length,
    caughtUp: (signal) => caughtUp(state, signal),
    accepted: () => acceptedBy(state),
    start: () => start(state),
    finish: () => finish(state),
    close: async () => {
      state.stop.abort();
      await state.nudging;
      await Promise.all(state.readers.map((reader) => reader.close()));
      await Promise.all(state.endpoints.map(({ receiver }) => receiver.close()));
    },
  };
}

const acceptedBy = ({ endpoints }: State) => endpoints.map(({ receiver }) => receiver.accepted.size());

async function start(state: State): Promise<void> {
  const { options, client, random, endpoints, readers, stop } = state;
  const ofConsumer = () => randomOf(whole(random, 2 ** 31));
  // Nobody commits before the first round.
  state.after = await readHead(options.database);
  for (const { name, ordered, types } of plans) {
    const receiver = await startReceiver(name, ofConsumer());
    const body = { url: receiver.url, ordered, ...(types && { types }) };
    const made = valueOf(await client.createWebhookEndpoint(body));
    receiver.know(made.secret);
    endpoints.push({ id: made.id, ordered, types, receiver });
  }
  for (const plan of readerPlans)
    readers.push(startReader({ ...plan, url: options.url, random: ofConsumer() }));
  state.nudging = nudgeUntil(state, stop.signal);
}

async function nudgeUntil(state: State, stopped: AbortSignal): Promise<void> {
  const { random, endpoints } = state;
  for (;;) {
    await pause(between(random, ...nudgeEveryMs), undefined, { signal: stopped }).catch(() => undefined);
    if (stopped.aborted) return;
    if (await nudge(state, pick(random, endpoints))) state.nudges += 1;
  }
}

/**
 * Has everything tried at once that waits for an endpoint, over the API or in Temporal. Without it an event
 * that failed twice waits for five minutes. False if a fault was in the way, or there was no workflow.
 */
async function nudge({ options, client, random }: State, { id }: Endpoint): Promise<boolean> {
  try {
    if (random() < 0.5) return (await client.resumeWebhookEndpoint({ endpointId: id, from: 'parked' })).ok;
    await options.temporal.workflow
      .getHandle(`webhook-retry/${id}`)
      .executeUpdate('retryNow', { updateId: `nudge-${whole(random, 2 ** 31)}` });
    return true;
  } catch {
    return false;
  }
}

async function caughtUp({ options: { database } }: State, signal: AbortSignal): Promise<void> {
  const head = await readHead(database);
  while (!signal.aborted) {
    const { rows } = await database.query<{ waits: boolean }>(
      `select exists (
                select
                  from webhook_endpoints as endpoints
                 where position < $1::bigint
                    or exists (select
                                 from webhook_deliveries as deliveries
                                where deliveries.endpoint_id = endpoints.id
                                  and state = 'pending')) as waits`,
      [head.toString()],
    );
    if (rows[0]?.waits === false) return;
    await pause(arrivePollMs, undefined, { signal }).catch(() => undefined);
  }
}

async function finish(state: State): Promise<ConsumersResult | undefined> {
  const { options, endpoints, readers, after, stop } = state;
  if (after === undefined) return undefined;
  stop.abort();
  await state.nudging;
  const startedAt = performance.now();
  for (const { receiver } of endpoints) receiver.beWell();
  for (const reader of readers) reader.stay();
  const log = await readFeedLog(options.database, 0n);
  const ofTypes = (types: readonly string[] | undefined, from: bigint) =>
    log.filter(({ type, position }) => position > from && types?.includes(nameOfKind(type)) !== false);
  const wanted = endpoints.map((endpoint) => ({ endpoint, logged: ofTypes(endpoint.types, after) }));
  const shown = readers.map((reader) => ({ reader, logged: ofTypes(reader.types, 0n) }));
  const late = await arrive(state, wanted, shown);
  const drainMs = Math.round(performance.now() - startedAt);
  await Promise.all(readers.map((reader) => reader.close()));
  const texts = await readTexts(options.url);
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
    ...{ nudges: state.nudges, drainMs },
    findings: [...findings, ...late, ...unlikeLog(log, texts)],
  };
}

function withSums<T extends { readonly judged: Judged }>({ judged, ...rest }: T) {
  const { events, missing, early, repeated } = judged;
  return { ...rest, events, missing, early, repeated };
}

/** Waits until everything has arrived. Says of each endpoint for which it did not where it stands. */
async function arrive(
  state: State,
  wanted: readonly { readonly endpoint: Endpoint; readonly logged: readonly FeedLogEvent[] }[],
  shown: readonly { readonly reader: Reader; readonly logged: readonly FeedLogEvent[] }[],
): Promise<readonly Finding[]> {
  const { options, client } = state;
  const isReceiverLate = ({ endpoint: { receiver }, logged }: (typeof wanted)[number]) =>
    receiver.accepted.missing(logged).length > 0;
  const isReaderLate = ({ reader, logged }: (typeof shown)[number]) => reader.lastId() !== logged.at(-1)?.id;
  const deadline = performance.now() + arriveWithinMs;
  const arrived = () => [...acceptedBy(state), ...shown.map(({ reader }) => reader.digests.size)].join();
  let last = { arrived: arrived(), at: performance.now() };
  for (;;) {
    const late = wanted.filter(isReceiverLate);
    if (late.length === 0 && !shown.some(isReaderLate)) return [];
    const now = performance.now();
    if (arrived() !== last.arrived) last = { arrived: arrived(), at: now };
    if (now > deadline || now - last.at > silentMaxMs)
      return describeLate(
        options.database,
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

async function describeLate(database: Pool, late: readonly Endpoint[]): Promise<readonly Finding[]> {
  const { rows } = await database.query<{ id: string; words: string }>(
    `select id, to_jsonb(webhook_endpoints) - 'url' || jsonb_build_object('head', (select position from log_head),
              'open', (select jsonb_agg(to_jsonb(open)) from (
                select position, wallet_id, state, attempts, next_attempt_at, parks_wallet
                  from webhook_deliveries as deliveries
                 where deliveries.endpoint_id = webhook_endpoints.id
                   and state in ('pending', 'failed')
                 order by position
                 limit 5) as open)) as words
       from webhook_endpoints
      where id = any($1::text[])`,
    [late.map(({ id }) => id)],
  );
  return rows.map(({ words }) => ({ kind: 'lost', detail: `an endpoint is late: ${JSON.stringify(words)}` }));
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
