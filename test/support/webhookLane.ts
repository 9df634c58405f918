// The webhooks of one worker over a test's own database: its fast lane, its rounds of retries, and receivers
// on this machine. Time stands at the clock of the machine. Tests make the next attempts due themselves.
import type { ServerResponse } from 'node:http';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { createFeedTail } from '../../src/feed/feedTail.ts';
import { createWakeUps } from '../../src/projections/drain/wakeUp.ts';
import { createWebhookMetrics } from '../../src/telemetry/webhookMetrics.ts';
import { createDeliver } from '../../src/webhooks/delivery.ts';
import {
  createWebhookLane,
  type WebhookDrainDeps,
  type WebhookLane,
} from '../../src/webhooks/drainWebhooks.ts';
import { insertEndpoint, type NewEndpoint } from '../../src/webhooks/endpoints.ts';
import { createOpenSecrets } from '../../src/webhooks/openSecrets.ts';
import { retryRound, type RetryRound } from '../../src/webhooks/retryRound.ts';
import type { RetryDeps } from '../../src/webhooks/round.ts';
import { createSecretBox, type SecretBox } from '../../src/webhooks/secretBox.ts';
import { sendWebhook } from '../../src/webhooks/send.ts';
import { createSendTurns } from '../../src/webhooks/turns.ts';
import { newSecret } from '../../src/webhooks/signature.ts';
import { type Receiver, startReceiver, testAgent } from './webhookReceiver.ts';

/** The key under which endpoints of tests keep their secrets. */
export const secretsKey = Buffer.alloc(32, 'key');
const box = boxUnder([secretsKey]);
const show = (id: string) => id;

export function boxUnder(keys: readonly Buffer[]): SecretBox {
  const made = createSecretBox({ WEBHOOK_SECRETS_KEY: [...keys] });
  if (made === undefined) throw new Error('a key makes a box');
  return made;
}

/** Longest wait for an answer. A receiver that never answers costs a test this time. */
const totalTimeoutMs = 1_000;

/** The events that a receiver got, each as wallet and version. */
export interface Got {
  readonly wallet: string;
  readonly version: number;
  /** The `webhook-id`. */
  readonly id: string;
  /** The id of the CloudEvent. */
  readonly eventId: string;
}

export function gotBy({ received }: Pick<Receiver, 'received'>): readonly Got[] {
  return received.map(({ headers, body }) => {
    const { id, subject, data } = JSON.parse(body.toString('utf8')) as {
      readonly id: string;
      readonly subject: string;
      readonly data: { readonly version: number };
    };
    return { wallet: subject, version: data.version, id: String(headers['webhook-id']), eventId: id };
  });
}

/** Whether each wallet's events came in order, when only the first of each is looked at. */
export function firstsInOrder(got: readonly Got[]): boolean {
  const last = new Map<string, number>();
  for (const { wallet, version } of got) {
    const before = last.get(wallet) ?? 0;
    if (version > before + 1) return false;
    last.set(wallet, Math.max(before, version));
  }
  return true;
}

type Answer = (response: ServerResponse, got: Got) => void;

export const ok: Answer = (response) => response.writeHead(200).end('ok');
export const answers =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status).end();

/** A receiver over plain HTTP, whose answer a test may change. */
export async function startTestReceiver(first: Answer = ok) {
  let answer = first;
  const receiver: Receiver = await startReceiver(
    (response) => {
      const got = gotBy({ received: receiver.received.slice(-1) })[0];
      if (got === undefined) throw new Error('nothing was received');
      answer(response, got);
    },
    { isPlain: true },
  );
  return {
    ...receiver,
    url: `http://127.0.0.1:${receiver.port}/hook`,
    answerWith: (next: Answer) => {
      answer = next;
    },
  };
}

export type TestReceiver = Awaited<ReturnType<typeof startTestReceiver>>;

let endpoints = 0;

/** Makes an endpoint for all events from now on. Returns its id. */
export async function addEndpoint(pool: Pool, url: string, more: Partial<NewEndpoint> = {}): Promise<string> {
  endpoints += 1;
  const id = `whe_${endpoints.toString(16).padStart(24, '0')}`;
  const given: NewEndpoint = {
    ...{ id, tenant: '', url, types: null, walletIds: null, labels: null, ordered: true },
    ...{
      description: '',
      signing: 'hmac',
      createdBy: 'test',
      idempotencyKey: undefined,
      requestHash: undefined,
    },
    box: box.seal(newSecret('hmac').text, id),
    ...more,
  };
  const { kind } = await insertEndpoint(pool, given, 10_000);
  if (kind !== 'made') throw new Error(`the endpoint was not made: ${kind}`);
  return id;
}

export interface TestLane {
  readonly lane: WebhookLane;
  readonly deps: RetryDeps;
  /** Ids of endpoints whose workflow was started or woken, in order. */
  readonly told: readonly string[];
  readonly left: readonly string[];
  readonly failures: readonly unknown[];
  /** The metrics of its deliveries. */
  readonly metrics: Registry;
  /** Runs passes until it is stopped, and ends the run. */
  readonly run: () => { readonly stop: () => Promise<void> };
  /** One round of the workflow of an endpoint. `isNow` makes everything due. */
  readonly retry: (endpointId: string, isNow?: boolean) => Promise<RetryRound>;
  readonly close: () => Promise<void>;
}

export function createTestLane(
  pool: Pool,
  receivers: readonly Pick<Receiver, 'port'>[],
  replaced: Partial<WebhookDrainDeps> = {},
): TestLane {
  const told: string[] = [];
  const left: string[] = [];
  const failures: unknown[] = [];
  const registry = new Registry();
  const agent = testAgent({ ports: receivers.map(({ port }) => port) });
  const limits = { totalTimeoutMs, answerBytesMax: 65_536 };
  const tail = createFeedTail({
    ...{ pool, show, commits: createWakeUps(), now: Date.now, listen: () => () => undefined },
    onFailure: (error) => failures.push(error),
    ...{ onPassed: () => undefined, onWorked: () => undefined, monotonicMs: () => performance.now() },
  });
  const shared: RetryDeps = {
    ...{ pool, show, random: () => 0.5, monotonicMs: () => performance.now() },
    deliver: createDeliver({
      send: (request, cutOff) => sendWebhook(agent, request, { ...limits, cutOff }),
      ...{ inTurn: createSendTurns(64), metrics: createWebhookMetrics([registry]) },
      ...{ now: Date.now, monotonicMs: () => performance.now() },
      onError: (error) => failures.push(error),
    }),
    openSecrets: createOpenSecrets(box),
    onLeft: (_, reason) => left.push(reason),
  };
  const lane = createWebhookLane({
    ...shared,
    tail,
    startRetry: (id) => Promise.resolve(void told.push(id)),
    resealSecrets: () => Promise.resolve(),
    onFailure: (_, error) => failures.push(error),
    ...replaced,
  });
  const runs = new Set<{ readonly stop: () => Promise<void> }>();
  return {
    ...{ lane, deps: shared, told, left, failures, metrics: registry },
    run: () => {
      const stop = new AbortController();
      const ended = runLane(lane, stop.signal);
      const run = {
        stop: () => {
          runs.delete(run);
          stop.abort();
          return ended;
        },
      };
      runs.add(run);
      return run;
    },
    retry: (endpointId, isNow = false) =>
      retryRound({ ...shared, ...pickDeliver(replaced) }, endpointId, isNow, new AbortController().signal),
    close: async () => {
      await Promise.all([...runs].map((run) => run.stop()));
      await tail.close();
      await agent.close();
    },
  };
}

function pickDeliver({ deliver }: Partial<WebhookDrainDeps>): Partial<RetryDeps> {
  return deliver === undefined ? {} : { deliver };
}

async function runLane(lane: WebhookLane, stop: AbortSignal): Promise<void> {
  await lane.begin();
  while (!stop.aborted) {
    await lane.pass();
    await lane.wait(20, stop);
  }
  await lane.end('stop');
}
