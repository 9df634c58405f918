// The console's requests about webhook endpoints and their deliveries. None of them shows a secret.
import { get } from './http.ts';
import type { Page } from './listState.ts';
import { cursorParameter, rowsPerPage } from './walletQueries.ts';

/** How the last attempt ended. */
export interface Attempt {
  /** Null if there was no answer. */
  readonly status: number | null;
  /** Null after a success. */
  readonly reason: string | null;
  readonly ms: number;
}

export interface Endpoint {
  readonly id: string;
  readonly url: string;
  /** Null asks for nothing, as in the next two. */
  readonly types: readonly string[] | null;
  readonly walletIds: readonly string[] | null;
  readonly labels: readonly string[] | null;
  readonly ordered: boolean;
  readonly description: string;
  /** How the newest secret signs. */
  readonly signing: 'hmac' | 'ed25519';
  readonly status: 'delivering' | 'retrying' | 'disabled';
  readonly disabledAt: string | null;
  readonly disabledReason: 'owner' | 'gone' | 'failing' | null;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly changedAt: string;
  readonly delivered: number;
  readonly lastEventAt: string | null;
  readonly lastSuccessAt: string | null;
  readonly failingSince: string | null;
  readonly lastAttempt: Attempt | null;
  /** Events that failed and were not delivered since. */
  readonly pending: number;
}

export interface EndpointDetails extends Endpoint {
  /** The newest first. */
  readonly secrets: readonly { readonly createdAt: string; readonly validUntil: string | null }[];
}

export const deliveryStatuses = ['pending', 'failed', 'skipped', 'delivered'] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface Delivery {
  readonly eventId: string;
  readonly walletId: string;
  readonly type: string;
  readonly webhookId: string;
  readonly status: DeliveryStatus;
  readonly holdsUpWallet: boolean;
  readonly attempts: number;
  readonly firstAttemptAt: string;
  readonly lastAttemptAt: string;
  readonly nextAttemptAt: string | null;
  readonly lastAttempt: Attempt | null;
}

/** A part of the past that is sent to an endpoint once more. */
export interface Replay {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Null for the types of the endpoint. */
  readonly types: readonly string[] | null;
  readonly createdAt: string;
  readonly sent: number;
  /** Per cent. */
  readonly progress: number;
  /** Null while it goes on. */
  readonly outcome: 'sent' | 'failed' | null;
  readonly endedAt: string | null;
  readonly nextAttemptAt: string | null;
  /** Null after a success. */
  readonly lastFailure: {
    readonly status: number | null;
    readonly reason: string | null;
    readonly attempts: number;
  } | null;
}

export const endpointsPath = '/webhook-endpoints';
export const endpointPath = (id: string) => `${endpointsPath}/${encodeURIComponent(id)}`;

/** In order of id. */
export async function readEndpoints(cursor: string | undefined): Promise<Page<Endpoint>> {
  const { body } = await get<{ endpoints: Endpoint[]; nextCursor: string | null }>(
    `${endpointsPath}?limit=${rowsPerPage}${cursorParameter(cursor)}`,
  );
  return { rows: body.endpoints, nextCursor: body.nextCursor };
}

export async function readEndpoint(id: string): Promise<EndpointDetails> {
  return (await get<EndpointDetails>(endpointPath(id))).body;
}

/** The newest event first. Without a status, all that did not succeed at once. */
export async function readDeliveries(
  id: string,
  status: DeliveryStatus | undefined,
  cursor: string | undefined,
): Promise<Page<Delivery>> {
  const only = status === undefined ? '' : `&status=${status}`;
  const { body } = await get<{ deliveries: Delivery[]; nextCursor: string | null }>(
    `${endpointPath(id)}/deliveries?limit=${rowsPerPage}${only}${cursorParameter(cursor)}`,
  );
  return { rows: body.deliveries, nextCursor: body.nextCursor };
}

/** The newest first. */
export async function readReplays(id: string, cursor: string | undefined): Promise<Page<Replay>> {
  const { body } = await get<{ replays: Replay[]; nextCursor: string | null }>(
    `${endpointPath(id)}/replays?limit=${rowsPerPage}${cursorParameter(cursor)}`,
  );
  return { rows: body.replays, nextCursor: body.nextCursor };
}
