// The declarations of the operations on tenants. Only operators may use them.
import { reasonSchema } from '../admin/projectionOperations.ts';
import { cursorSchema, limitSchema, nextCursorSchema } from '../http/page.ts';
import { z } from '../http/zod.ts';
import { exampleChangedAt, exampleCreatedAt } from '../openApi/exampleStory.ts';
import type { Operation } from '../openApi/operation.ts';
import { isTenantName } from '../../domain/tenant.ts';

export const tenantIdSchema = z
  .string()
  .refine(isTenantName, 'must be lower-case letters, digits and hyphens, 1 to 63')
  .openapi({ type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$', example: 'acme' });

const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .openapi({ example: 'Acme Payments', description: 'For people. It may change hands; the id never does.' });

const tenantSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    createdAt: z.iso.datetime(),
    suspendedAt: z.iso.datetime().nullable(),
    suspensionReason: z.string().nullable(),
  })
  .openapi('Tenant');

const example = {
  id: 'acme',
  name: 'Acme Payments',
  createdAt: exampleCreatedAt,
  suspendedAt: null,
  suspensionReason: null,
};
const params = z.object({ tenantId: tenantIdSchema });

export const createTenantOperation = {
  id: 'createTenant',
  tag: 'Access',
  method: 'post',
  path: '/tenants',
  scope: 'tenants:manage',
  summary: 'Create a tenant',
  audited: { members: ['id', 'name'] },
  body: z.strictObject({ id: tenantIdSchema, name: nameSchema }).openapi('CreateTenant'),
  status: 201,
  description: 'The tenant. It has no wallets yet.',
  answer: tenantSchema,
  answerHeaders: z.object({ location: z.string() }),
  codes: ['TENANT_ALREADY_EXISTS', 'TENANTS_NOT_READY', 'DATABASE_UNAVAILABLE'],
  example: { body: { id: 'acme', name: 'Acme Payments' }, answer: example },
} as const satisfies Operation;

export const listTenants = {
  id: 'listTenants',
  tag: 'Access',
  method: 'get',
  path: '/tenants',
  scope: 'tenants:manage',
  summary: 'List tenants',
  query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
  description: 'One page, in order of id. The default tenant is not listed.',
  answer: z.strictObject({ tenants: z.array(tenantSchema), nextCursor: nextCursorSchema }),
  codes: ['VALIDATION_FAILED', 'DATABASE_UNAVAILABLE'],
  example: { query: { limit: '20' }, answer: { tenants: [example], nextCursor: null } },
} as const satisfies Operation;

export const getTenant = {
  id: 'getTenant',
  tag: 'Access',
  method: 'get',
  path: '/tenants/{tenantId}',
  scope: 'tenants:manage',
  summary: 'Read one tenant',
  params,
  description: 'The tenant.',
  answer: tenantSchema,
  codes: ['VALIDATION_FAILED', 'TENANT_NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  example: { params: { tenantId: 'acme' }, answer: example },
} as const satisfies Operation;

export const suspendTenantOperation = {
  id: 'suspendTenant',
  tag: 'Access',
  method: 'post',
  path: '/tenants/{tenantId}/suspend',
  scope: 'tenants:manage',
  summary: 'Suspend a tenant: its callers are refused, and nothing of it is lost',
  audited: { reason: 'reason' },
  params,
  body: z
    .strictObject({ reason: reasonSchema.openapi({ example: 'contract ended' }) })
    .openapi('SuspendTenant'),
  description: 'The tenant. Every process refuses its callers within a second. Operators still read it.',
  answer: tenantSchema,
  codes: ['TENANT_NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  example: {
    params: { tenantId: 'acme' },
    body: { reason: 'contract ended' },
    answer: { ...example, suspendedAt: exampleChangedAt, suspensionReason: 'contract ended' },
  },
} as const satisfies Operation;

export const resumeTenantOperation = {
  id: 'resumeTenant',
  tag: 'Access',
  method: 'post',
  path: '/tenants/{tenantId}/resume',
  scope: 'tenants:manage',
  summary: 'Resume a suspended tenant',
  audited: {},
  params,
  description: 'The tenant.',
  answer: tenantSchema,
  codes: ['VALIDATION_FAILED', 'TENANT_NOT_FOUND', 'DATABASE_UNAVAILABLE'],
  example: { params: { tenantId: 'acme' }, answer: example },
} as const satisfies Operation;

export const tenantOperations = [
  createTenantOperation,
  listTenants,
  getTenant,
  suspendTenantOperation,
  resumeTenantOperation,
] as const;
