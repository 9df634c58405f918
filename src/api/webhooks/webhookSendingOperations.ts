// The declarations of the operations that show or ask for deliveries: tests, replays and what did not succeed
// at once. Also the list of all operations on webhooks.
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { timeSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleCreatedAt, exampleWalletId } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import { webhookIdOf } from '../../webhooks/endpoint.ts';
import { sendLimits } from '../../webhooks/send.ts';
import {
  changeCodes,
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  exampleEndpoint,
  getWebhookEndpoint,
  keyHeader,
  listWebhookEndpoints,
  resumeWebhookEndpoint,
  rotateWebhookSecret,
  shared,
} from './webhookOperations.ts';
import {
  deliverySchema,
  deliveryStatusSchema,
  replayIdSchema,
  replaySchema,
  testedSchema,
  typesSchema,
} from './webhookSchemas.ts';

const params = { endpointId: exampleEndpoint.id };
const exampleReplay = {
  ...{ id: 'whr_0123456789abcdef01234567', from: exampleCreatedAt, to: exampleChangedAt, types: null },
  ...{ createdAt: exampleChangedAt, sent: 0, progress: 0, outcome: null, endedAt: null },
  ...{ nextAttemptAt: exampleChangedAt, lastFailure: null },
} as const;

export const testWebhookEndpoint = {
  ...shared,
  id: 'testWebhookEndpoint',
  method: 'post',
  path: '/webhook-endpoints/{endpointId}/test',
  audited: {},
  scope: 'webhooks:write',
  summary: 'Send a test event to a webhook endpoint',
  note: 'Sends one event of type `webhook.test.v1` now, also to a disabled endpoint, and changes nothing. What the receiver answered is not shown.',
  waitsMs: sendLimits.totalTimeoutMs,
  description: 'How the request ended.',
  answer: testedSchema,
  codes: [...changeCodes, 'WEBHOOK_KEY_MISSING', 'TOO_MANY_TESTS'],
  example: { params, answer: { outcome: 'delivered', statusClass: '2xx', reason: null, ms: 42 } },
} as const satisfies Operation;

export const replayWebhookEvents = {
  ...shared,
  id: 'replayWebhookEvents',
  method: 'post',
  path: '/webhook-endpoints/{endpointId}/replay',
  audited: { members: ['from', 'to', 'types'] },
  scope: 'webhooks:write',
  summary: 'Send events of the past to a webhook endpoint once more',
  note: 'Events that happened from `from` to `to` and fit the endpoint are sent again beside the new ones, in order per wallet. What was not delivered yet is left out, because it comes by itself. Each has the `webhook-id` of before, so a receiver that remembers ids leaves out what it has.',
  headers: z.object({ 'idempotency-key': keyHeader }),
  body: z
    .strictObject({
      from: timeSchema.openapi({ example: exampleCreatedAt }),
      to: timeSchema.optional().openapi({ description: 'Now by default.' }),
      types: typesSchema.optional(),
    })
    .openapi('ReplayWebhookEvents'),
  status: 202,
  description: 'The replay, which goes on by itself.',
  answer: replaySchema,
  codes: [...changeCodes, 'TOO_MANY_REPLAYS', 'IDEMPOTENCY_KEY_REUSED', 'ARCHIVED'],
  example: {
    params,
    headers: { 'idempotency-key': 'replay-1' },
    body: { from: exampleCreatedAt, to: exampleChangedAt },
    answer: exampleReplay,
  },
} as const satisfies Operation;

const replayScope = { scope: 'webhooks:read', method: 'get' } as const;

export const listWebhookReplays = {
  ...{ ...shared, ...replayScope },
  id: 'listWebhookReplays',
  path: '/webhook-endpoints/{endpointId}/replays',
  summary: 'List the replays of a webhook endpoint',
  note: 'Replays that ended are listed for 30 days at least.',
  query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
  description: 'One page, the newest replay first.',
  answer: z.strictObject({ replays: z.array(replaySchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WEBHOOK_ENDPOINT_NOT_FOUND'],
  example: { params, answer: { replays: [exampleReplay], nextCursor: null } },
} as const satisfies Operation;

export const getWebhookReplay = {
  ...replayScope,
  tag: 'Webhooks',
  params: shared.params.extend({ replayId: replayIdSchema }),
  id: 'getWebhookReplay',
  path: '/webhook-endpoints/{endpointId}/replays/{replayId}',
  summary: 'Read how far a replay is',
  note: 'While the receiver fails, the replay waits and is tried again like a delivery. After ten failures one after the other it ends.',
  description: 'The replay as it is now.',
  answer: replaySchema,
  codes: [...readCodes, 'VALIDATION_FAILED', 'WEBHOOK_ENDPOINT_NOT_FOUND', 'WEBHOOK_REPLAY_NOT_FOUND'],
  example: { params: { ...params, replayId: exampleReplay.id }, answer: exampleReplay },
} as const satisfies Operation;

export const listWebhookDeliveries = {
  ...shared,
  id: 'listWebhookDeliveries',
  method: 'get',
  path: '/webhook-endpoints/{endpointId}/deliveries',
  scope: 'webhooks:read',
  summary: 'List the deliveries that did not succeed at once',
  note: 'An event that was delivered at the first attempt is not listed. Settled deliveries are listed for 30 days.',
  query: z.strictObject({
    status: deliveryStatusSchema.optional().openapi({ description: 'Only deliveries with this status.' }),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page, the newest event first.',
  answer: z.strictObject({ deliveries: z.array(deliverySchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED', 'WEBHOOK_ENDPOINT_NOT_FOUND'],
  example: {
    params,
    query: { status: 'pending' },
    answer: {
      deliveries: [
        {
          eventId: `${exampleWalletId}@2`,
          walletId: exampleWalletId,
          type: 'wallet.credited.v1',
          webhookId: webhookIdOf(exampleEndpoint.id, {
            walletId: exampleWalletId,
            version: 2,
            alertNumber: 0,
          }),
          status: 'pending',
          holdsUpWallet: true,
          attempts: 1,
          firstAttemptAt: exampleChangedAt,
          lastAttemptAt: exampleChangedAt,
          nextAttemptAt: '2026-11-22T17:00:06.000Z',
          lastAttempt: { status: 500, reason: 'status', ms: 42 },
        },
      ],
      nextCursor: null,
    },
  },
} as const satisfies Operation;

export const webhookOperations = [
  createWebhookEndpoint,
  listWebhookEndpoints,
  getWebhookEndpoint,
  changeWebhookEndpoint,
  rotateWebhookSecret,
  testWebhookEndpoint,
  replayWebhookEvents,
  listWebhookReplays,
  getWebhookReplay,
  listWebhookDeliveries,
  resumeWebhookEndpoint,
  deleteWebhookEndpoint,
] as const;
