// Defines a webhook endpoint for this folder: a cursor over the event feed of one tenant, with a filter and a
// URL. Also holds the limits that keep endpoints from costing others. Pure.
import { createHash } from 'node:crypto';
import { feedIdOf } from '../feed/cloudEvent.ts';
import type { FeedFilter } from '../feed/feedFilter.ts';
import { feedKindOf } from '../feed/feedTypes.ts';

/** Endpoints of the whole installation. One drain holds all healthy ones in memory. */
export const endpointsMax = 10_000;
/** Parked events of one endpoint. With so many it gets nothing new until one of them is delivered. */
export const parkedMax = 100;
/** Requests of one endpoint under way at once. */
export const inFlightMax = 10;
/** Requests and connections to one host and port at once, of all its endpoints together. */
export const requestsPerHostMax = 10;
/**
 * A request without an answer for this time hands its turn back. Its endpoint gets no further request of the
 * fast lane until the answer is there.
 */
export const silentAfterMs = 1_000;
/** Failures in a row, with which an endpoint counts as down and leaves the fast lane. */
export const failuresInRowMax = 3;

/**
 * `fast`: the drain delivers. `retry`: only the workflow of the endpoint sends. `trial`: the drain sends one
 * new event, and its outcome leads to one of the others.
 */
export type Lane = 'fast' | 'trial' | 'retry';

/** `gone`: the receiver answered 410. `failing`: nothing succeeded for five days. */
export const disabledReasons = ['owner', 'gone', 'failing'] as const;
export type DisabledReason = (typeof disabledReasons)[number];

/** `hmac`: service and receiver share a secret. `ed25519`: the receiver holds a public key alone. */
export const signings = ['hmac', 'ed25519'] as const;
export type Signing = (typeof signings)[number];

/** The conditions of an endpoint on its events. Null is no condition, so every event fits. */
export interface EndpointFilter {
  readonly tenant: string;
  /** Names of the feed. */
  readonly types: readonly string[] | null;
  /** By their ids inside. */
  readonly walletIds: readonly string[] | null;
  readonly labels: readonly string[] | null;
}

/** The members that the owner of an endpoint, the drain and the retries all read. */
export interface EndpointCore extends EndpointFilter {
  readonly id: string;
  readonly url: string;
  readonly ordered: boolean;
}

/** The same as columns of webhook_endpoints. */
export interface EndpointCoreRecord {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly types: string[] | null;
  readonly wallet_ids: string[] | null;
  readonly labels: string[] | null;
  readonly ordered: boolean;
}

export function toEndpointCore(row: EndpointCoreRecord): EndpointCore {
  const { id, tenant, url, types, wallet_ids: walletIds, labels, ordered } = row;
  return { id, tenant, url, types, walletIds, labels, ordered };
}

/** A type that this release does not know fits no event of it. */
export function feedFilterOf({ tenant, types, walletIds, labels }: EndpointFilter): FeedFilter {
  return {
    tenant,
    types: types?.flatMap((name) => feedKindOf(name) ?? []),
    walletIds: walletIds ?? undefined,
    labels: labels ?? undefined,
    ...{ walletId: undefined, ownerId: undefined, label: undefined },
  };
}

/** Names a delivery of an endpoint: an event by its position, or one of its alerts. */
export interface DeliveryKey {
  readonly position: bigint;
  /** 0 for an event. Its alerts count from 1. */
  readonly alertNumber: number;
}

/** Whether the first stands after the second in the feed. */
export function isAfter(one: DeliveryKey, other: DeliveryKey): boolean {
  return one.position === other.position
    ? one.alertNumber > other.alertNumber
    : one.position > other.position;
}

/** Tells an event of the feed from all others. */
export interface EventName extends Pick<DeliveryKey, 'alertNumber'> {
  readonly walletId: string;
  readonly version: number;
}

/**
 * The `webhook-id` of an event or an alert for an endpoint: the same at every attempt, also after a replay.
 * It has no position in it, because that would tell how many events other tenants have. It has no dot,
 * because a signature covers it with dots around it.
 */
export function webhookIdOf(endpointId: string, { walletId, version, alertNumber }: EventName): string {
  const digest = createHash('sha256')
    .update(feedIdOf(walletId, version, alertNumber))
    .digest('hex');
  return `evt_${endpointId}_${digest.slice(0, 32)}`;
}
