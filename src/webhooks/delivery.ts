// Makes one attempt to deliver an event: its turn, headers, signature, request. The drain, the retries, the
// replays and the test of an endpoint all send through it.
//
// Invariant: the signed bytes are the bytes that are sent.
// Invariant: every sender of a process takes its turns at the same place, so a host has one bound.
import type { DeliveryLane, WebhookMetrics } from '../telemetry/webhookMetrics.ts';
import { attemptOutcomeOf } from './attemptOutcome.ts';
import type { SendReason } from './send.ts';
import { type SigningSecret, signWebhook } from './signature.ts';
import type { InSendTurn } from './turns.ts';

/** Whose, where to, and under which secrets. */
export interface Target {
  readonly tenant: string;
  readonly url: string;
  /** The newest first. Each of them signs. */
  readonly secrets: readonly SigningSecret[];
}

interface Message {
  /** The `webhook-id`. */
  readonly id: string;
  /** The CloudEvent as JSON. */
  readonly text: string;
  /** Set if the age of the event at its delivery is measured. Replays and tests are late on purpose. */
  readonly measured?: { readonly lane: DeliveryLane; readonly occurredAt: Date };
}

export interface Attempt {
  /** `gone` ends the endpoint. `slowDown` asks for a pause. */
  readonly outcome: 'delivered' | 'failed' | 'gone' | 'slowDown';
  /** Null if there was no answer. */
  readonly status: number | null;
  /** In words, without anything that the receiver sent. Null after a success. */
  readonly reason: string | null;
  /** The pause that the receiver asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly ms: number;
}

/** Where to send, as it is now. Undefined if the message is not to be sent any more. */
export type CurrentTarget = () => Target | undefined | Promise<Target | undefined>;

/**
 * Waits for its turn, and asks then where to send. The wait counts as no time of the receiver. Rejects only
 * if the target can't be read. Any other failure is a failed attempt. Undefined if the message is not to be
 * sent any more, or if this process stopped the request. A stopped request may have arrived, and the receiver
 * did nothing wrong.
 */
export type Deliver = (current: CurrentTarget, message: Message) => Promise<Attempt | undefined>;

interface SentRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface DeliverDeps {
  /** `cutOff` ends the request as if its time were up. */
  readonly send: (request: SentRequest, cutOff: AbortSignal) => Promise<Attempt>;
  /** The turns of the whole process. */
  readonly inTurn: InSendTurn;
  /** Ends what `send` has under way. */
  readonly stopped?: AbortSignal;
  readonly metrics: WebhookMetrics;
  /** Hears of errors of this service, which the owner of the endpoint is not shown. */
  readonly onError: (error: unknown) => void;
  /** Milliseconds since 1970. Each request is signed with it, and receivers compare it with their own. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

export function createDeliver(deps: DeliverDeps): Deliver {
  const attempt = measuredBy(deps, createAttempt(deps));
  const deliver: Deliver = async (current, message) => {
    const first = current();
    // The fast lane knows at once, so its requests keep the order in which they are made.
    const asked = first instanceof Promise ? await first : first;
    if (asked === undefined) return undefined;
    const outcome = await deps.inTurn(asked, async (cutOff) => {
      const then = current();
      const target = then instanceof Promise ? await then : then;
      if (target === undefined) return undefined;
      return isSameHost(target.url, asked.url) ? attempt(target, message, cutOff) : 'otherHost';
    });
    // The URL was changed meanwhile, so this turn was one of another host.
    return outcome === 'otherHost' ? deliver(current, message) : outcome;
  };
  return deliver;
}

function isSameHost(one: string, other: string): boolean {
  return one === other || new URL(one).host === new URL(other).host;
}

type MakeAttempt = (target: Target, message: Message, cutOff: AbortSignal) => Promise<Attempt | undefined>;

function measuredBy({ metrics, now }: DeliverDeps, make: MakeAttempt): MakeAttempt {
  return async (target, message, cutOff) => {
    const attempt = await make(target, message, cutOff);
    if (attempt === undefined) return undefined;
    metrics.attempted(attemptOutcomeOf(attempt), attempt.ms / 1_000);
    const { measured } = message;
    if (attempt.outcome === 'delivered' && measured !== undefined)
      metrics.delivered(measured.lane, Math.max(0, now() - measured.occurredAt.getTime()) / 1_000);
    return attempt;
  };
}

function createAttempt({ send, now, monotonicMs, stopped, onError }: DeliverDeps): MakeAttempt {
  return async ({ url, secrets }, { id, text }, cutOff) => {
    const beganAt = monotonicMs();
    try {
      const body = Buffer.from(text, 'utf8');
      const timestampSeconds = Math.floor(now() / 1_000);
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'wallet-service-webhooks',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signWebhook(secrets, { id, timestampSeconds, body }),
      };
      const attempt = await send({ url, headers, body }, cutOff);
      return attempt.outcome === 'delivered' ? { ...attempt, reason: null } : attempt;
    } catch (error) {
      if (stopped?.aborted === true) return undefined;
      onError(error);
      const reason: SendReason = 'serviceError';
      return { ...{ outcome: 'failed', status: null, reason }, ms: monotonicMs() - beganAt };
    }
  };
}
