// The declarations of the operations on API keys: make, list, read, rotate and revoke.
import { isNetwork } from '../../networks.ts';
import { isScope, scopes } from '../../access/scopes.ts';
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { countSchema, textSchema, timeSchema } from '../http/schemas.ts';
import { z } from '../http/zod.ts';
import { orNull } from '../openApi/answerSchemas.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import { type Operation, readCodes } from '../openApi/operation.ts';

const nameLengthMax = 100;
const addressesMax = 20;
const overlapHoursMax = 720;
export const overlapHoursDefault = 24;

const keyIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z]{14}$/, 'must be the id of a key, 14 letters and digits')
  .openapi({ example: '0DkB3tWcJ9sLmA' });
export const keyParams = z.object({ keyId: keyIdSchema });

const scopeSchema = z
  .string()
  .refine(isScope, `must be one of ${scopes.join(', ')}`)
  .openapi({ enum: [...scopes] });
const expiresAtSchema = timeSchema.optional();

const createKeySchema = z
  .strictObject({
    name: textSchema(z.string().min(1), nameLengthMax).openapi({ example: 'checkout' }),
    scopes: z
      .array(scopeSchema)
      .min(1)
      .max(scopes.length)
      .transform((given) => [...new Set(given)].filter(isScope)),
    operator: z.boolean().default(false).openapi({
      description: 'True for a key that may act in every tenant. Only an operator may ask for one.',
    }),
    expiresAt: expiresAtSchema.openapi({ description: 'The first moment at which it is refused.' }),
    allowedAddresses: z
      .array(z.string().refine(isNetwork, 'must be an IP address or a network such as 10.1.0.0/16'))
      .min(1)
      .max(addressesMax)
      .optional()
      .openapi({
        description:
          'Addresses of callers. A proxy in front counts as the caller, unless TRUSTED_PROXIES names it.',
      }),
  })
  .openapi('CreateKey');

const keySchema = z
  .strictObject({
    id: keyIdSchema,
    name: z.string(),
    scopes: z.array(z.string()).openapi({ description: '`*` is every scope of the release that runs.' }),
    operator: z.boolean(),
    status: z.enum(['active', 'expired', 'revoked']),
    allowedAddresses: orNull(z.array(z.string()), 'Null if it may be used from anywhere.'),
    createdAt: z.iso.datetime(),
    createdBy: z.string().openapi({ description: 'Who made it, such as `key:<id>`.' }),
    expiresAt: orNull(z.iso.datetime(), 'Null if it never expires.'),
    revokedAt: orNull(z.iso.datetime(), 'Null if it was not revoked.'),
    replacedBy: orNull(z.string(), 'The id of the key that a rotation made.'),
    lastUsedAt: orNull(z.iso.datetime(), 'To the minute. Null if it was never used.'),
    pepper: z.string().openapi({ description: 'The id of the pepper of its hash.' }),
  })
  .openapi('ApiKey');

const issuedSchema = z
  .strictObject({
    key: z.string().openapi({ description: 'The whole key. No later answer shows it.' }),
    ...keySchema.shape,
  })
  .openapi('IssuedApiKey');

const exampleKey = {
  id: '0DkB3tWcJ9sLmA',
  name: 'checkout',
  scopes: ['wallets:read', 'money:credit'],
  operator: false,
  status: 'active',
  allowedAddresses: null,
  createdAt: exampleCreatedAt,
  createdBy: 'local',
  expiresAt: null,
  revokedAt: null,
  replacedBy: null,
  lastUsedAt: null,
  pepper: 'p1',
} as const;
const exampleText = 'wk_test_0DkB3tWcJ9sLmA_QmFyZUV4YW1wbGVLZXlUaGF0SXNOb1NlY3JldDEyMzQ0abcde';
const params = { keyId: exampleKey.id };

const changeCodes = ['DATABASE_UNAVAILABLE', 'KEY_NOT_FOUND', 'CROSS_SITE_REFUSED'] as const;

export const createKey = {
  id: 'createKey',
  tag: 'Access',
  method: 'post',
  path: '/keys',
  audited: { members: ['name', 'operator'] },
  scope: 'keys:manage',
  summary: 'Make an API key',
  note: 'Nobody grants a scope that they lack. A key belongs to the tenant of its maker. The answer is the only one that shows the key, and it is stored nowhere, so no Idempotency-Key is taken. If the answer is lost, revoke the key and make another one.',
  body: createKeySchema,
  status: 201,
  description: 'The new key, whole.',
  answer: issuedSchema,
  codes: ['DATABASE_UNAVAILABLE', 'KEY_PEPPER_MISSING', 'CROSS_SITE_REFUSED'],
  example: {
    body: { name: exampleKey.name, scopes: exampleKey.scopes },
    answer: { key: exampleText, ...exampleKey },
  },
} as const satisfies Operation;

export const listKeys = {
  id: 'listKeys',
  tag: 'Access',
  method: 'get',
  path: '/keys',
  scope: 'keys:manage',
  summary: 'List API keys, also those that have ended',
  query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
  description: 'One page of the keys of the tenant, in order of id.',
  answer: z.strictObject({ keys: z.array(keySchema), nextCursor: nextCursorSchema }),
  codes: [...readCodes, 'VALIDATION_FAILED'],
  example: { answer: { keys: [exampleKey], nextCursor: null } },
} as const satisfies Operation;

export const getKey = {
  id: 'getKey',
  tag: 'Access',
  method: 'get',
  path: '/keys/{keyId}',
  scope: 'keys:manage',
  summary: 'Read an API key without its secret',
  params: keyParams,
  description: 'The key.',
  answer: keySchema,
  codes: [...readCodes, 'VALIDATION_FAILED', 'KEY_NOT_FOUND'],
  example: { params, answer: exampleKey },
} as const satisfies Operation;

export const rotateKey = {
  id: 'rotateKey',
  tag: 'Access',
  method: 'post',
  path: '/keys/{keyId}/rotate',
  audited: {},
  scope: 'keys:manage',
  summary: 'Replace an API key, and let the old one work for a while',
  note: 'The new key has the name, scopes and addresses of the old one, and lasts as long. The old one ends after the overlap. Nobody rotates a key with a scope that they lack.',
  params: keyParams,
  body: z
    .strictObject({
      overlapHours: countSchema({ min: 0, max: overlapHoursMax })
        .optional()
        .openapi({
          description: `How long the old key still works; ${overlapHoursDefault} by default. 0 ends it at once.`,
        }),
    })
    .openapi('RotateKey'),
  bodyOptional: true,
  status: 201,
  description: 'The new key, whole.',
  answer: issuedSchema,
  codes: [...changeCodes, 'KEY_ENDED', 'KEY_PEPPER_MISSING'],
  example: {
    params,
    body: { overlapHours: overlapHoursDefault },
    answer: { key: exampleText, ...exampleKey },
  },
} as const satisfies Operation;

export const revokeKey = {
  id: 'revokeKey',
  tag: 'Access',
  method: 'delete',
  path: '/keys/{keyId}',
  audited: {},
  scope: 'keys:manage',
  summary: 'Revoke an API key at once',
  note: 'Every process refuses it within a second. A repeat answers the same.',
  params: keyParams,
  description: 'The key, revoked.',
  answer: keySchema,
  codes: changeCodes,
  // The key was rotated before, as the story of the examples tells it.
  example: {
    params,
    answer: {
      ...exampleKey,
      status: 'revoked',
      expiresAt: '2026-11-23T17:00:00.000Z',
      revokedAt: exampleChangedAt,
      replacedBy: '1Xc8PqLw3ZtVnE',
    },
  },
} as const satisfies Operation;

export const keyOperations = [createKey, listKeys, getKey, rotateKey, revokeKey] as const;
