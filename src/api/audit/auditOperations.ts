// The declaration of the operation that reads the audit log.
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { textSchema, timeBoundSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleCreatedAt, exampleRequestId } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';

const filterLengthMax = 500;
const filterSchema = () => textSchema(z.string().min(1, 'must not be empty'), filterLengthMax).optional();

const outcomeSchema = z
  .strictObject({
    at: z.iso.datetime(),
    status: z.int().min(100).max(599).openapi({ description: 'The HTTP status that the caller got.' }),
    code: z.string().nullable().openapi({ description: 'The code of the problem. Null for a success.' }),
  })
  .openapi('AuditOutcome');

const entrySchema = z
  .strictObject({
    id: z.string(),
    at: z.iso.datetime(),
    actor: z.string().nullable().openapi({ description: 'Null if the caller did not prove who they are.' }),
    tenant: z.string().nullable().openapi({
      description: 'Empty for the default tenant. Null if the caller is unknown.',
    }),
    address: z.string(),
    operation: z
      .string()
      .openapi({ description: 'The operationId of this document, or `signIn` or `signOut` of the console.' }),
    target: z.string().openapi({ description: 'What the path names, and then members of the body.' }),
    reason: z.string().nullable().openapi({ description: 'The reason or note that the caller gave.' }),
    requestId: z.string(),
    requests: z.int().min(1).openapi({
      description: 'Refusals of one kind are counted. More than 1 means that this row stands for so many.',
    }),
    outcome: z
      .union([outcomeSchema, z.null()])
      .openapi({ description: 'Null while the action is under way, or if its process died before it knew.' }),
  })
  .openapi('AuditEntry');

export const listAudit = {
  id: 'listAudit',
  tag: 'Audit',
  method: 'get',
  path: '/audit',
  scope: 'audit:read',
  summary: 'Read the audit log, newest first',
  note: 'A request examines 10,000 rows at most. So a page may hold few rows, or none, and still lead on.',
  query: z.strictObject({
    actor: filterSchema().openapi({ example: 'local' }),
    operation: filterSchema().openapi({ example: 'pauseProjection' }),
    target: filterSchema().openapi({ description: 'All of it, or its part before the first space.' }),
    requestId: filterSchema(),
    from: timeBoundSchema.optional().openapi({ description: 'Included.' }),
    to: timeBoundSchema.optional().openapi({ description: 'Not included.' }),
    limit: limitSchema,
    cursor: cursorSchema,
  }),
  description: 'One page. An operator sees every tenant, any other caller their own.',
  answer: z.strictObject({ entries: z.array(entrySchema), nextCursor: nextCursorSchema }),
  codes: ['TOO_MANY_READS', 'DATABASE_UNAVAILABLE'],
  example: {
    query: { operation: 'pauseProjection', limit: '1' },
    answer: {
      entries: [
        {
          id: '2',
          at: exampleCreatedAt,
          actor: 'local',
          tenant: '',
          address: '127.0.0.1',
          operation: 'pauseProjection',
          target: 'ledger',
          reason: 'the index is being moved',
          requestId: exampleRequestId,
          requests: 1,
          outcome: { at: exampleChangedAt, status: 200, code: null },
        },
      ],
      nextCursor: null,
    },
  },
} as const satisfies Operation;

export type AuditEntry = z.infer<typeof entrySchema>;
