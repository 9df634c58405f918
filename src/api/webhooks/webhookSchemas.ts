// The schemas of webhook endpoints, their deliveries and replays: in requests and in answers.
import { feedTypes, feedKindOf } from '../../feed/feedTypes.ts';
import { disabledReasons, signings } from '../../webhooks/endpoint.ts';
import { deliveryStates } from '../../webhooks/deliveries.ts';
import { idSchema, textSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { orNull } from '../openApi/answerSchemas.ts';

const listMax = 100;
const urlLengthMax = 2_048;
const descriptionLengthMax = 500;

export const endpointIdSchema = z
  .string()
  .regex(/^whe_[0-9a-f]{24}$/, 'must be the id of a webhook endpoint, such as whe_0123456789abcdef01234567')
  .openapi({ example: 'whe_0123456789abcdef01234567' });

export const replayIdSchema = z
  .string()
  .regex(/^whr_[0-9a-f]{24}$/, 'must be the id of a replay, such as whr_0123456789abcdef01234567')
  .openapi({ example: 'whr_0123456789abcdef01234567' });

const distinct = <Schema extends z.ZodType>(schema: Schema, noun: string) =>
  z
    .array(schema)
    .min(1, `must name at least one ${noun}`)
    .max(listMax)
    .refine((given) => new Set(given).size === given.length, { error: 'must not hold anything twice' });

export const typesSchema = distinct(
  z
    .string()
    .refine((name) => feedKindOf(name) !== undefined, `must be a type such as ${feedTypes[0] ?? ''}`)
    .openapi({ enum: [...feedTypes] }),
  'type',
).openapi({ description: 'Only events of these types.', example: ['wallet.credited.v1'] });

const walletIdsSchema = distinct(idSchema, 'wallet').openapi({
  description: 'Only events of these wallets.',
  example: ['wallet-001'],
});
const labelsSchema = distinct(textSchema(z.string().min(1), 60), 'label').openapi({
  description: 'Only events of wallets that have one of these labels when the event is sent.',
  example: ['vip'],
});

const urlSchema = z.string().min(1).max(urlLengthMax).openapi({
  description: 'Where the events go, by POST. https, a public address, no user name, no fragment.',
  example: 'https://hooks.example.com/wallets',
});
const descriptionSchema = textSchema(z.string(), descriptionLengthMax).openapi({ example: 'bookkeeping' });

export const createEndpointBody = z
  .strictObject({
    url: urlSchema,
    types: typesSchema.optional(),
    walletIds: walletIdsSchema.optional(),
    labels: labelsSchema.optional(),
    ordered: z.boolean().default(true).openapi({
      description:
        'True sends the events of a wallet one after the other. One that fails holds up the later ones of its wallet alone.',
    }),
    description: descriptionSchema.default(''),
    signing: z.enum(signings).default('hmac').openapi({
      description: 'How requests are signed. With ed25519 the receiver holds only a public key.',
    }),
  })
  .openapi('CreateWebhookEndpoint');

const orAll = 'Null removes the condition.';

export const changeEndpointBody = z
  .strictObject({
    url: urlSchema.optional(),
    types: typesSchema.nullable().optional().openapi({ description: orAll }),
    walletIds: walletIdsSchema.nullable().optional().openapi({ description: orAll }),
    labels: labelsSchema.nullable().optional().openapi({ description: orAll }),
    description: descriptionSchema.optional(),
    enabled: z.boolean().optional().openapi({
      description: 'False stops the deliveries. True goes on where they stopped, and nothing is lost.',
    }),
  })
  .openapi('ChangeWebhookEndpoint');

const lastAttemptSchema = z
  .strictObject({
    status: z.int().nullable().openapi({ description: 'Null if there was no answer.' }),
    reason: z.string().nullable().openapi({ description: 'Null after a success.' }),
    ms: z.int(),
  })
  .openapi('WebhookAttempt');

export const endpointSchema = z
  .strictObject({
    id: endpointIdSchema,
    url: z.string(),
    types: orNull(z.array(z.string()), 'Null for all types.'),
    walletIds: orNull(z.array(z.string()), 'Null for all wallets.'),
    labels: orNull(z.array(z.string()), 'Null if no label is asked for.'),
    ordered: z.boolean(),
    description: z.string(),
    signing: z.enum(signings).openapi({ description: 'How the newest secret signs.' }),
    status: z.enum(['delivering', 'retrying', 'disabled']).openapi({
      description: '`retrying`: the receiver fails, so nothing new is sent until one attempt succeeds.',
    }),
    disabledAt: z.iso.datetime().nullable(),
    disabledReason: orNull(
      z.enum(disabledReasons),
      '`gone`: the receiver answered 410. `failing`: nothing succeeded for five days.',
    ),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
    changedAt: z.iso.datetime(),
    delivered: z.int().openapi({ description: 'Deliveries that succeeded. Repeats count, too.' }),
    lastEventAt: orNull(z.iso.datetime(), 'When the event that was delivered last happened.'),
    lastSuccessAt: z.iso.datetime().nullable(),
    failingSince: orNull(z.iso.datetime(), 'The first failure since the last success.'),
    lastAttempt: orNull(lastAttemptSchema, 'Null before the first attempt.'),
    pending: z.int().openapi({
      description:
        'Events that failed and were not delivered since. The deliveries of the endpoint show them.',
    }),
  })
  .openapi('WebhookEndpoint');

const secretAgeSchema = z
  .strictObject({
    createdAt: z.iso.datetime(),
    validUntil: orNull(z.iso.datetime(), 'When it signs no more. Null for the newest one.'),
  })
  .openapi('WebhookSecretAge');

export const endpointDetailsSchema = z
  .strictObject({
    ...endpointSchema.shape,
    secrets: z.array(secretAgeSchema).openapi({
      description: 'The ages of the secrets that sign, the newest first. No answer shows the secrets again.',
    }),
  })
  .openapi('WebhookEndpointDetails');

export const secretSchema = z.string().openapi({
  description:
    'What the receiver verifies with: `whsec_…` is the secret itself, `whpk_…` the public key of ed25519.',
});

export const deliverySchema = z
  .strictObject({
    eventId: z.string().openapi({ description: 'The id of the CloudEvent.' }),
    walletId: z.string(),
    type: z.string(),
    webhookId: z.string().openapi({ description: 'The header `webhook-id` of every attempt.' }),
    status: z.enum(deliveryStates).openapi({
      description: '`failed`: no attempt is left. `skipped`: a resume from now left it out.',
    }),
    holdsUpWallet: z.boolean().openapi({ description: 'Whether later events of the wallet wait for it.' }),
    attempts: z.int().openapi({ description: 'Attempts so far.' }),
    firstAttemptAt: z.iso.datetime(),
    lastAttemptAt: z.iso.datetime(),
    nextAttemptAt: z.iso.datetime().nullable(),
    lastAttempt: orNull(lastAttemptSchema, 'Null before the first attempt.'),
  })
  .openapi('WebhookDelivery');

export const deliveryStatusSchema = z.enum(deliveryStates);

export const replaySchema = z
  .strictObject({
    id: replayIdSchema,
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    types: orNull(z.array(z.string()), 'Null for the types of the endpoint.'),
    createdAt: z.iso.datetime(),
    sent: z.int().openapi({ description: 'Events that were sent once more.' }),
    progress: z.int().min(0).max(100).openapi({
      description: 'Per cent of its part of the log. It is 100 once everything was sent.',
    }),
    outcome: orNull(z.enum(['sent', 'failed']), 'Null while it goes on.'),
    endedAt: orNull(z.iso.datetime(), 'Null while it goes on.'),
    nextAttemptAt: orNull(z.iso.datetime(), 'When it goes on. Null once it has ended.'),
    lastFailure: orNull(
      z
        .strictObject({
          status: z.int().nullable().openapi({ description: 'Null if there was no answer.' }),
          reason: z.string().nullable(),
          attempts: z.int().openapi({ description: 'Attempts that failed one after the other.' }),
        })
        .openapi('WebhookReplayFailure'),
      'Null after a success.',
    ),
  })
  .openapi('WebhookReplay');

export const testedSchema = z
  .strictObject({
    outcome: z.enum(['delivered', 'failed']),
    statusClass: orNull(z.string(), 'The class of the answer, such as 2xx. Null if there was none.'),
    reason: orNull(z.string(), 'Null after a success.'),
    ms: z.int(),
  })
  .openapi('WebhookTest');
