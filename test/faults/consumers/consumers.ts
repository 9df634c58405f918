// The consumers of the feed that run beside the histories: readers that leave and come back, receivers of
// webhooks that fail, and an operator who nudges what waits. In the end they get everything, and are judged.
import { setTimeout as pause } from 'node:timers/promises';
import type { Client as Temporal } from '@temporalio/client';
import type { Pool } from 'pg';
import { harnessKey } from '../../../harness/keys.ts';
import { between, pick, type Random, randomOf, whole } from '../../../harness/random.ts';
import { createWalletClient, valueOf, type WalletClient } from '../../../src/client/index.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { caughtUp, type Endpoint } from './endpoints.ts';
import { finish, type Finished } from './finish.ts';
import { type Reader, startReader } from './reader.ts';
import { startReceiver } from './receiver.ts';

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

export interface ConsumersResult extends Finished {
  /** Times that an operator had all waiting retries tried at once. */
  readonly nudges: number;
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
    caughtUp: (signal) => caughtUp(options.database, signal),
    accepted: () => acceptedBy(state),
    start: () => start(state),
    finish: () => stopAndFinish(state),
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

async function stopAndFinish(state: State): Promise<ConsumersResult | undefined> {
  const { options, client, endpoints, readers, after, stop } = state;
  if (after === undefined) return undefined;
  stop.abort();
  await state.nudging;
  const finished = await finish({ ...options, client, endpoints, readers, after });
  return { ...finished, nudges: state.nudges };
}
