// The schemas of the events of the feed. The content of each follows from the schema of the same event in a
// wallet's history, so both always have the same members. An alert has the state of its event.
import { z } from '../http/zod.ts';
import { idSchema } from '../http/schemas.ts';
import { moneySchema } from '../openApi/answerSchemas.ts';
import { alertRuleMembers } from '../alerts/alertSchemas.ts';
import { eventMembers, eventSchema } from '../wallets/eventSchemas.ts';
import { schemaIdOf } from '../../feed/cloudEvent.ts';
import { type FeedKind, feedTypeOf, type FeedType } from '../../feed/feedTypes.ts';

type Row = Exclude<(typeof eventSchema)['options'][number], { shape: { recordedType: unknown } }>;

const rows = eventSchema.options.filter((row): row is Row => row.shape.type.value !== 'Unreadable');

const dataMembers = {
  available: moneySchema.openapi({ description: 'What the wallet could give after it.' }),
  commandId: z.string().nullable().openapi({ description: 'The command that made it.' }),
  requestId: z
    .string()
    .nullable()
    .openapi({ description: 'X-Request-Id of the request that was carried out.' }),
};

function dataSchemaOf(row: Row) {
  return z
    .strictObject({ ...row.shape, ...dataMembers })
    .omit({ type: true, position: true, occurredAt: true });
}

const alertDataSchema = z
  .strictObject({
    ...eventMembers,
    ...alertRuleMembers,
    value: moneySchema.openapi({ description: 'The amount that the rule looks at, after the event.' }),
    eventId: z.string().openapi({ description: 'The id of the event that gave the alert.' }),
    eventType: z.string().openapi({ description: 'Its type.', example: 'wallet.debited.v1' }),
    ...dataMembers,
  })
  .omit({ position: true, occurredAt: true, alerts: true });

const ofEvent = {
  id: 'The wallet and its version after the event.',
  sequence: /^\d{19}$/,
  sequenceIs: 'The version of the wallet, padded so that it compares as text.',
};
const ofAlert = {
  id: 'The id of the event, and the number of the alert among its alerts.',
  sequence: /^\d{19}:\d{2}$/,
  sequenceIs:
    'That of the event, and the number of the alert. So it follows the event and stands before the next.',
};

function schemaOf<Data extends z.ZodType>(
  kind: FeedKind,
  data: Data,
  { id, sequence, sequenceIs } = ofEvent,
) {
  const type = feedTypeOf(kind);
  return z
    .strictObject({
      specversion: z.literal('1.0'),
      id: z.string().openapi({ description: id }),
      source: z.string().openapi({ description: 'The wallet, as a URI reference. With id it is unique.' }),
      type: z.literal(type),
      subject: idSchema,
      time: z.iso.datetime(),
      datacontenttype: z.literal('application/json'),
      dataschema: z.literal(schemaIdOf(type)),
      partitionkey: idSchema,
      sequence: z.string().regex(sequence).openapi({ description: sequenceIs }),
      data,
    })
    .openapi(kind === 'WalletAlert' ? kind : `${kind}Event`);
}

type EventSchema = ReturnType<typeof schemaOf>;
const schemas: readonly EventSchema[] = [
  ...rows.map((row) => schemaOf(row.shape.type.value, dataSchemaOf(row))),
  schemaOf('WalletAlert', alertDataSchema, ofAlert),
];

/** The type tells which members `data` has. */
export const cloudEventSchema = z
  .discriminatedUnion('type', schemas as [EventSchema, ...EventSchema[]])
  .openapi('CloudEvent', {
    description:
      'A CloudEvent 1.0. A later release may add types, and members to `data`: leave unknown ones aside.',
  });

/** The JSON Schema of each event, for programs. It allows members that a later release may add. */
const jsonSchemas = new Map(
  schemas.map((schema) => {
    const type: FeedType = schema.shape.type.value;
    const { $schema, ...described } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      override: ({ jsonSchema }) => {
        if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    });
    return [type, { $schema, $id: schemaIdOf(type), title: type, ...described }] as const;
  }),
);

export function jsonSchemaOf(type: FeedType): object {
  const schema = jsonSchemas.get(type);
  if (schema === undefined) throw new Error(`${type} has no schema`);
  return schema;
}
