// The declarations of the operations on parked events. Their paths and ids say "failures", because callers
// and the client use these words.
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { wholeIdSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';
import { projectionSchema, reasonSchema } from './projectionOperations.ts';

const parkedEventSchema = z
  .strictObject({
    projection: projectionSchema,
    position: z.int().min(1),
    walletId: wholeIdSchema,
    attempts: z.int().min(1),
    lastError: z.string(),
    firstFailedAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    resolution: z.string().nullable(),
  })
  .openapi('ParkedEvent');

const parkedEventExample = {
  projection: 'ledger',
  position: 17,
  walletId: 'wallet-parked',
  attempts: 1,
  lastError: 'Event 17 has the type "WalletPainted", which this version does not know.',
  firstFailedAt: exampleCreatedAt,
  nextAttemptAt: exampleChangedAt,
  resolvedAt: null,
  resolution: null,
};

export const listParkedEvents = {
  id: 'listFailures',
  tag: 'Projections',
  method: 'get',
  path: '/admin/failures',
  scope: 'admin:read',
  summary: 'List parked events',
  query: z.strictObject({
    projection: projectionSchema.optional(),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page, in order of position.',
  answer: z.strictObject({ failures: z.array(parkedEventSchema), nextCursor: nextCursorSchema }),
  codes: ['VALIDATION_FAILED', 'DATABASE_UNAVAILABLE'],
  example: { query: { projection: 'ledger' }, answer: { failures: [parkedEventExample], nextCursor: null } },
} as const satisfies Operation;

const positionSchema = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, 'must be a position, from 1')
  .transform(BigInt)
  .openapi({ type: 'integer', minimum: 1 });

/** Names one parked event. */
export const parkedEventParams = z.strictObject({ projection: projectionSchema, position: positionSchema });

/** Retry and skip have these in common. */
const resolving = {
  tag: 'Projections',
  method: 'post',
  audited: {},
  params: parkedEventParams,
  description: 'The parked event as it is now.',
  answer: parkedEventSchema,
  codes: ['VALIDATION_FAILED', 'FAILURE_NOT_FOUND', 'FAILURE_RESOLVED', 'DATABASE_UNAVAILABLE'],
} as const;

export const retryParkedEvent = {
  ...resolving,
  id: 'retryFailure',
  path: '/admin/failures/{projection}/{position}/retry',
  scope: 'admin:operate',
  summary: 'Try a parked event again now',
  example: { params: { projection: 'ledger', position: '17' }, answer: parkedEventExample },
} as const satisfies Operation;

export const skipParkedEvent = {
  ...resolving,
  id: 'skipFailure',
  audited: { reason: 'reason' },
  path: '/admin/failures/{projection}/{position}/skip',
  scope: 'admin:operate',
  summary: 'Give a parked event up, with a reason',
  body: z
    .strictObject({ reason: reasonSchema.openapi({ example: 'test event of a tool that is gone' }) })
    .openapi('SkipParkedEvent'),
  example: {
    params: { projection: 'ledger', position: '17' },
    body: { reason: 'test event of a tool that is gone' },
    answer: {
      ...parkedEventExample,
      resolvedAt: exampleChangedAt,
      resolution: 'skipped: test event of a tool that is gone',
    },
  },
} as const satisfies Operation;

export const parkedEventOperations = [listParkedEvents, retryParkedEvent, skipParkedEvent] as const;
