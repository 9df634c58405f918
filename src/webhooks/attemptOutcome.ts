// Names how an attempt ended, in one of the few words that the metrics have. Pure.
import type { AttemptOutcome } from '../telemetry/webhookMetrics.ts';
import type { SendResult } from './send.ts';

/** A record, so that a new reason does not compile until it has a word. */
const failures: Readonly<Record<SendResult['reason'], AttemptOutcome>> = {
  status: 'refused',
  redirect: 'redirect',
  urlNotAllowed: 'not_allowed',
  addressNotAllowed: 'not_allowed',
  timeout: 'timeout',
  connectTimeout: 'timeout',
  nameNotResolved: 'connection',
  connectionRefused: 'connection',
  unreachable: 'connection',
  connectionClosed: 'connection',
  connectionFailed: 'connection',
  tls: 'connection',
  badAnswer: 'connection',
  serviceError: 'error',
};

interface Ended {
  readonly outcome: SendResult['outcome'];
  readonly reason: string | null;
}

/** An attempt whose reason is none of a receiver is a fault of ours. */
export function attemptOutcomeOf({ outcome, reason }: Ended): AttemptOutcome {
  if (outcome === 'slowDown') return 'slow_down';
  if (outcome !== 'failed') return outcome;
  const known: Readonly<Record<string, AttemptOutcome | undefined>> = failures;
  return known[reason ?? ''] ?? 'error';
}
