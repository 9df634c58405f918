// The schemas of the events of the feed. The content of each follows from the schema of the same event in a
// wallet's history, so both always have the same members.
import { z } from '../http/zod.ts';
import { idSchema } from '../http/schemas.ts';
import { moneySchema } from '../openApi/answerSchemas.ts';
import { eventSchema } from '../wallets/eventSchemas.ts';
import { schemaIdOf } from '../../feed/cloudEvent.ts';
import { feedTypeOf, type FeedType } from '../../feed/feedTypes.ts';
import type { WalletEvent } from '../../domain/events.ts';

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

function eventSchemaOf(row: Row) {
  const stored: WalletEvent['type'] = row.shape.type.value;
  const type = feedTypeOf(stored);
  return z
    .strictObject({
      specversion: z.literal('1.0'),
      id: z.string().openapi({ description: 'The wallet and its version after the event.' }),
      source: z.string().openapi({ description: 'The wallet, as a URI reference. With id it is unique.' }),
      type: z.literal(type),
      subject: idSchema,
      time: z.iso.datetime(),
      datacontenttype: z.literal('application/json'),
      dataschema: z.literal(schemaIdOf(type)),
      partitionkey: idSchema,
      sequence: z
        .string()
        .regex(/^\d{19}$/)
        .openapi({ description: 'The version of the wallet, padded so that it compares as text.' }),
      data: dataSchemaOf(row),
    })
    .openapi(`${stored}Event`);
}

type EventSchema = ReturnType<typeof eventSchemaOf>;
const schemas = rows.map(eventSchemaOf);

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
