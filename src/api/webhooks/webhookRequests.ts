// Shared by the routes of webhooks: their dependencies, the endpoint that a request names, and refusals.
import type { Pool } from 'pg';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { AddressGuard } from '../../webhooks/addressGuard.ts';
import type { Deliver } from '../../webhooks/delivery.ts';
import { type Endpoint, readEndpoint } from '../../webhooks/endpoints.ts';
import { type SecretBox, SecretBoxError, secretBoxMissing } from '../../webhooks/secretBox.ts';
import type { AppContext } from '../context.ts';
import type { ServedFeed } from '../events/eventStreams.ts';
import { ProblemError } from '../http/problems.ts';
import { readPathParam } from '../http/request.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { endpointIdSchema } from './webhookSchemas.ts';

/** The webhooks as this process serves them. */
export interface ServedWebhooks {
  /** Undefined without WEBHOOK_SECRETS_KEY. */
  readonly box: SecretBox | undefined;
  readonly guard: Pick<AddressGuard, 'checkUrl'>;
  /** Sends the test of an endpoint. */
  readonly deliver: Deliver;
  readonly endpointsPerTenantMax: number;
}

export interface WebhookRouteDeps {
  readonly pool: Pool;
  readonly reads: TenantReads;
  readonly feed: ServedFeed;
  readonly webhooks: ServedWebhooks;
  readonly pageSizeMax: number;
}

export function readEndpointId(c: AppContext): string {
  return readPathParam(c, 'endpointId', endpointIdSchema, 'id of the endpoint');
}

export async function found(c: AppContext, { reads }: WebhookRouteDeps): Promise<Endpoint> {
  const id = readEndpointId(c);
  const tenant = callerTenant(c);
  const endpoint = await readEndpoint(reads(tenant), tenant, id);
  if (endpoint === undefined) throw notFound(id);
  return endpoint;
}

export function boxOf({ box }: ServedWebhooks): SecretBox {
  if (box !== undefined) return box;
  throw new ProblemError({ code: 'WEBHOOK_KEY_MISSING', detail: secretBoxMissing });
}

/** A secret that no key of this process opens is refused, and the caller is told which key is missing. */
export function opened<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof SecretBoxError)) throw error;
    throw new ProblemError({ code: 'WEBHOOK_KEY_MISSING', detail: `${capital(error.message)}.` });
  }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

export function notFound(id: string): ProblemError {
  return new ProblemError({
    code: 'WEBHOOK_ENDPOINT_NOT_FOUND',
    detail: `There is no webhook endpoint "${id}".`,
  });
}

export function keyReused(): ProblemError {
  return new ProblemError({
    code: 'IDEMPOTENCY_KEY_REUSED',
    detail: 'This Idempotency-Key was used for another request; use a new one.',
  });
}

export function invalid(pointer: string, detail: string): ProblemError {
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `${pointer} ${detail}`,
    errors: [{ pointer, detail }],
  });
}
