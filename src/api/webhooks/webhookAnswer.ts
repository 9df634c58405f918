// Webhook endpoints, their deliveries and replays as the API shows them, with bare ids. Pure.
import { bareId } from '../../domain/tenant.ts';
import { feedIdOf } from '../../feed/cloudEvent.ts';
import type { Delivery } from '../../webhooks/deliveries.ts';
import type { ShownReplay } from '../../webhooks/replayProgress.ts';
import type { Attempt } from '../../webhooks/delivery.ts';
import { webhookIdOf } from '../../webhooks/endpoint.ts';
import type { Endpoint } from '../../webhooks/endpoints.ts';
import type { SecretAge } from '../../webhooks/endpointSecrets.ts';

const timeOrNull = (time: Date | null) => time?.toISOString() ?? null;

export function toEndpointAnswer(endpoint: Endpoint): object {
  const { id, url, types, walletIds, labels, ordered, description, signing, state, lane } = endpoint;
  return {
    ...{ id, url, types, walletIds: walletIds?.map(bareId) ?? null, labels, ordered, description },
    signing,
    status: state === 'disabled' ? 'disabled' : lane === 'fast' ? 'delivering' : 'retrying',
    disabledAt: timeOrNull(endpoint.disabledAt),
    disabledReason: endpoint.disabledReason,
    createdAt: endpoint.createdAt.toISOString(),
    createdBy: endpoint.createdBy,
    changedAt: endpoint.changedAt.toISOString(),
    delivered: endpoint.delivered,
    lastEventAt: timeOrNull(endpoint.lastEventAt),
    lastSuccessAt: timeOrNull(endpoint.lastSuccessAt),
    failingSince: timeOrNull(endpoint.firstFailureAt),
    lastAttempt: lastAttemptOf(endpoint),
    pending: endpoint.pending,
  };
}

export function toEndpointDetails(endpoint: Endpoint, secrets: readonly SecretAge[]): object {
  const ages = secrets.map(({ createdAt, validUntil }) => ({
    createdAt: createdAt.toISOString(),
    validUntil: timeOrNull(validUntil),
  }));
  return { ...toEndpointAnswer(endpoint), secrets: ages };
}

interface LastAttempt {
  readonly lastStatus: number | null;
  readonly lastReason: string | null;
  readonly lastMs: number | null;
}

function lastAttemptOf({ lastStatus: status, lastReason: reason, lastMs: ms }: LastAttempt): object | null {
  return ms === null ? null : { status, reason, ms };
}

export function toDeliveryAnswer(endpointId: string, delivery: Delivery): object {
  const { walletId, version, alertNumber, type, state, parksWallet, attempts } = delivery;
  return {
    eventId: feedIdOf(bareId(walletId), version, alertNumber),
    walletId: bareId(walletId),
    type,
    webhookId: webhookIdOf(endpointId, delivery),
    status: state,
    holdsUpWallet: parksWallet && (state === 'pending' || state === 'failed'),
    attempts,
    firstAttemptAt: delivery.firstAttemptAt.toISOString(),
    lastAttemptAt: delivery.lastAttemptAt.toISOString(),
    nextAttemptAt: timeOrNull(delivery.nextAttemptAt),
    lastAttempt: lastAttemptOf(delivery),
  };
}

export function toReplayAnswer(replay: ShownReplay): object {
  const { id, from, until, types, createdAt, sent, progress, outcome, attempts } = replay;
  const { lastStatus: status, lastReason: reason } = replay;
  return {
    ...{ id, from: from.toISOString(), to: until.toISOString(), types },
    ...{ createdAt: createdAt.toISOString(), sent, progress, outcome },
    endedAt: timeOrNull(replay.endedAt),
    nextAttemptAt: timeOrNull(replay.nextAttemptAt),
    lastFailure: attempts === 0 ? null : { status, reason, attempts },
  };
}

const stoppedAttempt: Attempt = { outcome: 'failed', status: null, reason: 'this process stopped', ms: 0 };

export function toTestAnswer(attempt: Attempt | undefined): object {
  const { outcome, status, reason, ms } = attempt ?? stoppedAttempt;
  return {
    outcome: outcome === 'delivered' ? 'delivered' : 'failed',
    statusClass: status === null ? null : `${Math.floor(status / 100)}xx`,
    reason,
    ms: Math.round(ms),
  };
}
