// The declarations of the operations on webhook endpoints.
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { countSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { signings } from '../../webhooks/endpoint.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import {
  changeEndpointBody,
  createEndpointBody,
  endpointDetailsSchema,
  endpointIdSchema,
  endpointSchema,
  secretSchema,
} from './webhookSchemas.ts';

const overlapHoursMax = 720;
export const overlapHoursDefault = 24;

const endpointParams = z.object({ endpointId: endpointIdSchema });

export const exampleEndpoint = {
  id: 'whe_0123456789abcdef01234567',
  url: 'https://hooks.example.com/wallets',
  types: ['wallet.credited.v1'],
  walletIds: null,
  labels: null,
  ordered: true,
  description: 'bookkeeping',
  signing: 'hmac',
  status: 'delivering',
  disabledAt: null,
  disabledReason: null,
  createdAt: exampleCreatedAt,
  createdBy: 'local',
  changedAt: exampleCreatedAt,
  delivered: 0,
  lastEventAt: null,
  lastSuccessAt: null,
  failingSince: null,
  lastAttempt: null,
  pending: 0,
} as const;
const exampleSecret = 'whsec_ZXhhbXBsZS1zZWNyZXQtb2YtYS13ZWJob29rLWVuZHBvaW50';
const params = { endpointId: exampleEndpoint.id };

export const keyHeader = z.string().min(1).max(255).openapi({
  description: 'Makes the request safe to send again: the same key and request get the same answer.',
});
export const changeCodes = [
  'DATABASE_UNAVAILABLE',
  'WEBHOOK_ENDPOINT_NOT_FOUND',
  'CROSS_SITE_REFUSED',
] as const;
export const shared = { tag: 'Webhooks', params: endpointParams } as const;

const issuedSchema = z
  .strictObject({ secret: secretSchema, ...endpointSchema.shape })
  .openapi('IssuedWebhookEndpoint');

export const createWebhookEndpoint = {
  id: 'createWebhookEndpoint',
  tag: 'Webhooks',
  method: 'post',
  path: '/webhook-endpoints',
  audited: { members: ['url', 'types', 'walletIds', 'labels', 'ordered'] },
  scope: 'webhooks:write',
  summary: 'Have events sent to a URL',
  note:
    'Every event from now on that fits is sent as a CloudEvent by POST, at least once, signed as Standard Webhooks 1.0 asks. ' +
    'No list of types, wallets or labels means all. The secret is shown in this answer, and again only to the same request ' +
    'under the same Idempotency-Key.',
  headers: z.object({ 'idempotency-key': keyHeader.optional() }),
  body: createEndpointBody,
  status: 201,
  description: 'The endpoint, with its secret.',
  answer: issuedSchema,
  answerHeaders: z.object({ location: z.string() }),
  codes: [
    ...(['DATABASE_UNAVAILABLE', 'CROSS_SITE_REFUSED', 'WEBHOOK_KEY_MISSING'] as const),
    ...(['TOO_MANY_WEBHOOK_ENDPOINTS', 'IDEMPOTENCY_KEY_REUSED'] as const),
  ],
  example: {
    headers: { 'idempotency-key': 'endpoint-1' },
    body: {
      url: exampleEndpoint.url,
      types: exampleEndpoint.types,
      description: exampleEndpoint.description,
    },
    answer: { secret: exampleSecret, ...exampleEndpoint },
  },
} as const satisfies Operation;

export const listWebhookEndpoints = {
  id: 'listWebhookEndpoints',
  tag: 'Webhooks',
  method: 'get',
  path: '/webhook-endpoints',
  scope: 'webhooks:read',
  summary: 'List webhook endpoints',
  query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
  description: 'One page of the endpoints of the tenant, in order of id.',
  answer: z.strictObject({ endpoints: z.array(endpointSchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED'],
  example: { answer: { endpoints: [exampleEndpoint], nextCursor: null } },
} as const satisfies Operation;

export const getWebhookEndpoint = {
  ...shared,
  id: 'getWebhookEndpoint',
  method: 'get',
  path: '/webhook-endpoints/{endpointId}',
  scope: 'webhooks:read',
  summary: 'Read a webhook endpoint',
  note: 'Everything that fits up to its cursor was delivered, but for the deliveries that its list shows.',
  description: 'The endpoint, with the ages of its secrets and without them.',
  answer: endpointDetailsSchema,
  codes: [...readCodes, 'VALIDATION_FAILED', 'WEBHOOK_ENDPOINT_NOT_FOUND'],
  example: {
    params,
    answer: { ...exampleEndpoint, secrets: [{ createdAt: exampleCreatedAt, validUntil: null }] },
  },
} as const satisfies Operation;

export const changeWebhookEndpoint = {
  ...shared,
  id: 'changeWebhookEndpoint',
  method: 'patch',
  path: '/webhook-endpoints/{endpointId}',
  audited: { members: ['url', 'types', 'walletIds', 'labels', 'enabled'] },
  scope: 'webhooks:write',
  summary: 'Change, disable or enable a webhook endpoint',
  note: 'A merge patch (RFC 7396). Another filter counts for the events that were not sent yet. Whether the order is kept cannot be changed: make another endpoint.',
  body: changeEndpointBody,
  description: 'The endpoint after it.',
  answer: endpointSchema,
  codes: [...changeCodes, 'ARCHIVED'],
  example: {
    params,
    body: { description: 'bookkeeping, second system' },
    answer: {
      ...exampleEndpoint,
      description: 'bookkeeping, second system',
      changedAt: exampleChangedAt,
    },
  },
} as const satisfies Operation;

export const rotateWebhookSecret = {
  ...shared,
  id: 'rotateWebhookSecret',
  method: 'post',
  path: '/webhook-endpoints/{endpointId}/rotate-secret',
  audited: { members: ['overlapHours'] },
  scope: 'webhooks:write',
  summary: 'Replace the secret of a webhook endpoint',
  note: 'Until the overlap ends, every request has a signature of the new and of the earlier secrets. The new one signs in the same way, unless `signing` says otherwise.',
  body: z
    .strictObject({
      overlapHours: countSchema({ min: 0, max: overlapHoursMax })
        .optional()
        .openapi({
          description: `How long the earlier secrets still sign; ${overlapHoursDefault} by default. 0 ends them at once.`,
        }),
      signing: z.enum(signings).optional(),
    })
    .openapi('RotateWebhookSecret'),
  bodyOptional: true,
  status: 201,
  description: 'The new secret. No later answer shows it.',
  answer: z
    .strictObject({ endpointId: endpointIdSchema, secret: secretSchema, overlapHours: z.int() })
    .openapi('WebhookSecret'),
  codes: [...changeCodes, 'WEBHOOK_KEY_MISSING'],
  example: {
    params,
    body: { overlapHours: overlapHoursDefault },
    answer: { endpointId: exampleEndpoint.id, secret: exampleSecret, overlapHours: overlapHoursDefault },
  },
} as const satisfies Operation;

export const resumeWebhookEndpoint = {
  ...shared,
  id: 'resumeWebhookEndpoint',
  method: 'post',
  path: '/webhook-endpoints/{endpointId}/resume',
  audited: { members: ['from'] },
  scope: 'webhooks:write',
  summary: 'Have a webhook endpoint go on',
  note: '`parked` tries everything again that failed, and loses nothing. `now` leaves out what waits and what happened until now. Both enable a disabled endpoint.',
  body: z.strictObject({ from: z.enum(['parked', 'now']) }).openapi('ResumeWebhookEndpoint'),
  description: 'The endpoint after it.',
  answer: endpointSchema,
  codes: [...changeCodes, 'ARCHIVED'],
  example: {
    params,
    body: { from: 'parked' },
    answer: { ...exampleEndpoint, changedAt: exampleChangedAt },
  },
} as const satisfies Operation;

export const deleteWebhookEndpoint = {
  ...shared,
  id: 'deleteWebhookEndpoint',
  method: 'delete',
  path: '/webhook-endpoints/{endpointId}',
  audited: {},
  scope: 'webhooks:write',
  summary: 'Delete a webhook endpoint',
  note: 'A request under way may still arrive. What waits is gone, and so are the secrets.',
  description: 'The endpoint as it was.',
  answer: endpointSchema,
  codes: changeCodes,
  example: { params, answer: { ...exampleEndpoint, changedAt: exampleChangedAt } },
} as const satisfies Operation;
