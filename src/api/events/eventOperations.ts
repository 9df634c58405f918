// The declarations of the operations of the event feed: one page or a stream of events, and the schema of a
// type.
import { feedKindOf, feedTypes } from '../../feed/feedTypes.ts';
import { schemaIdOf } from '../../feed/cloudEvent.ts';
import { idSchema, textSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import {
  exampleChangedAt,
  exampleCommandId,
  exampleRequestId,
  exampleWalletId,
} from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';
import { cloudEventSchema, jsonSchemaOf } from './cloudEventSchemas.ts';

const eventsDefault = 100;
const eventsMax = 1_000;
const waitMaxS = 30;
const typesMax = 50;

/** A whole number in digits only: JavaScript takes 0x10, 1e1 and white space for numbers, too. */
const wholeSchema = (min: number, max: number, otherwise: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(otherwise)
    .openapi({ type: 'integer', minimum: min, maximum: max, default: undefined });

const typesSchema = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.string()).max(typesMax))
  .transform((names, context) =>
    names.flatMap((name) => {
      const kind = feedKindOf(name);
      if (kind !== undefined) return [kind];
      context.addIssue({
        code: 'custom',
        message: `must be types such as ${feedTypes[0] ?? ''}, with commas`,
      });
      return [];
    }),
  )
  .optional()
  .openapi({
    type: 'string',
    description: 'Only events of these types, with commas between them.',
    example: 'wallet.credited.v1,wallet.debited.v1',
  });

export const listEvents = {
  id: 'listEvents',
  tag: 'Events',
  method: 'get',
  path: '/events',
  scope: 'events:read',
  summary: 'Read the events of all wallets, in order',
  note:
    'Every event is in the feed, from the first, in the order of commits. None is missing. No event is ever inserted ' +
    'before one that was shown. Go on with `next`, also after an empty page. An alert follows its event on the same page. ' +
    'If one event and its alerts are a whole page, it may have ten events more than `limit`. The same URL gives a stream of ' +
    'server-sent events for `Accept: text/event-stream`: the id of an event is its cursor, and Last-Event-ID wins over ' +
    '`after`. An event with alerts has no id, and the last of its alerts has it.',
  query: z.strictObject({
    after: z.string().min(1).max(100).optional().openapi({
      description:
        'The cursor to go on after. `0` is the beginning and the default, `oldest` what was not archived, `latest` the end.',
    }),
    limit: wholeSchema(1, eventsMax, eventsDefault).openapi({
      description: `Events on the page; ${eventsDefault} by default. A stream ignores it.`,
    }),
    types: typesSchema,
    walletId: idSchema.optional().openapi({ description: 'Only events of this wallet.' }),
    ownerId: idSchema
      .optional()
      .openapi({ description: 'Only events of the wallets of this owner.', example: 'owner-1' }),
    label: textSchema(z.string().min(1), 60).optional().openapi({
      description: 'Only events of wallets that have this label when the event is read.',
      example: 'vip',
    }),
    wait: wholeSchema(0, waitMaxS, 0).openapi({
      description: 'Seconds to wait for an event if there is none. A stream ignores it.',
    }),
  }),
  headers: z.object({
    'last-event-id': z.string().optional().openapi({
      description: 'The cursor of the last event of a stream. It wins over `after`.',
    }),
  }),
  description: 'The next events.',
  answer: z
    .strictObject({
      events: z.array(cloudEventSchema),
      next: z.string().openapi({ description: 'The cursor to go on after. It belongs to this filter.' }),
      hasMore: z.boolean().openapi({ description: 'Whether the log goes on. The next page may be empty.' }),
    })
    .openapi('EventPage'),
  otherAnswers: {
    'application/cloudevents-batch+json': z.array(cloudEventSchema),
    'text/event-stream': z.string(),
  },
  answerHeaders: z.object({
    'events-next': z.string().optional().openapi({ description: 'The cursor of a CloudEvents batch.' }),
    'events-has-more': z.enum(['true', 'false']).optional(),
  }),
  codes: [
    ...readCodes,
    ...[
      'VALIDATION_FAILED',
      'CURSOR_AHEAD',
      'ARCHIVED',
      'EVENT_UNREADABLE',
      'TOO_MANY_STREAMS',
      'FEED_UNAVAILABLE',
    ],
    'SHUTTING_DOWN',
  ],
  example: {
    query: { walletId: exampleWalletId, types: 'wallet.credited.v1' },
    answer: {
      events: [
        {
          specversion: '1.0',
          id: `${exampleWalletId}@2`,
          source: `/wallets/${exampleWalletId}`,
          type: 'wallet.credited.v1',
          subject: exampleWalletId,
          time: exampleChangedAt,
          datacontenttype: 'application/json',
          dataschema: schemaIdOf('wallet.credited.v1'),
          partitionkey: exampleWalletId,
          sequence: '0000000000000000002',
          data: {
            version: 2,
            movementId: `${exampleWalletId}@2`,
            amount: '50.50',
            description: 'top-up',
            balance: '150.50',
            held: '0.00',
            available: '150.50',
            status: 'active',
            currency: 'USD',
            commandId: exampleCommandId,
            requestId: exampleRequestId,
          },
        },
      ],
      next: 'AhQ8mZ0bq8Q2cH9wVx1nYg',
      hasMore: false,
    },
  },
} as const satisfies Operation;

export const eventTypeSchema = z
  .string()
  .refine((name) => feedKindOf(name) !== undefined, 'must be a type of event')
  .openapi({ example: 'wallet.credited.v1' });

export const getEventSchema = {
  id: 'getEventSchema',
  tag: 'Events',
  method: 'get',
  path: '/events/schemas/{type}',
  scope: 'events:read',
  summary: 'Read the JSON Schema of a type of event',
  note: 'Its `$id` is the `dataschema` of the events. Members are only added, so it allows others.',
  params: z.object({ type: eventTypeSchema }),
  description: 'The schema of the whole event (JSON Schema 2020-12).',
  answer: z.looseObject({ $id: z.string(), title: z.string() }),
  codes: ['VALIDATION_FAILED'],
  example: {
    params: { type: 'wallet.credited.v1' },
    answer: jsonSchemaOf('wallet.credited.v1'),
  },
} as const satisfies Operation;

export const eventOperations = [listEvents, getEventSchema] as const;
