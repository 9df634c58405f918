// Makes one attempt to deliver an event: headers, signature, request. The drain, the retries, the replays and
// the test of an endpoint all send through it.
//
// Invariant: the signed bytes are the bytes that are sent.
import { type SigningSecret, signWebhook } from './signature.ts';

/** Where to, and under which secrets. */
export interface Target {
  readonly url: string;
  /** The newest first. Each of them signs. */
  readonly secrets: readonly SigningSecret[];
}

interface Message {
  /** The `webhook-id`. */
  readonly id: string;
  /** The CloudEvent as JSON. */
  readonly text: string;
}

export interface Attempt {
  /** `gone` ends the endpoint. `slowDown` asks for a pause. */
  readonly outcome: 'delivered' | 'failed' | 'gone' | 'slowDown';
  /** Null if there was no answer. */
  readonly status: number | null;
  /** In words, without anything that the receiver sent. Null after a success. */
  readonly reason: string | null;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly ms: number;
}

/**
 * Never rejects: what goes wrong is a failed attempt. Undefined if this process stopped it. The receiver may
 * have the event then, and did nothing wrong.
 */
export type Deliver = (target: Target, message: Message) => Promise<Attempt | undefined>;

interface SentRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface DeliverDeps {
  readonly send: (request: SentRequest) => Promise<Attempt>;
  /** Ends what `send` has under way. */
  readonly stopped?: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const reasonLengthMax = 300;

export function createDeliver({ send, now, stopped }: DeliverDeps): Deliver {
  return async ({ url, secrets }, { id, text }) => {
    const beganAt = now();
    try {
      const body = Buffer.from(text, 'utf8');
      const timestampSeconds = Math.floor(beganAt / 1_000);
      const headers = {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'wallet-service-webhooks',
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': signWebhook(secrets, { id, timestampSeconds, body }),
      };
      const attempt = await send({ url, headers, body });
      const reason = attempt.outcome === 'delivered' ? null : attempt.reason;
      return { ...attempt, reason: reason?.slice(0, reasonLengthMax) ?? null };
    } catch (error) {
      if (stopped?.aborted === true) return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      return {
        ...{ outcome: 'failed', status: null, reason: reason.slice(0, reasonLengthMax) },
        ms: Math.max(0, now() - beganAt),
      };
    }
  };
}
