// Tenants over HTTP. An operator creates, lists, suspends and resumes them.
import type { Pool } from 'pg';
import type { Suspensions } from '../../access/suspensions.ts';
import {
  createTenant,
  readTenant,
  readTenants,
  resumeTenant,
  suspendTenant,
  type TenantRow,
} from '../../access/tenants.ts';
import { levels } from '../../eventStore/levels.ts';
import { readLevel } from '../../eventStore/openLevels.ts';
import type { App, AppContext } from '../context.ts';
import { type List, pageSizeSchema, readCursor, toPage } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readBody, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  createTenantOperation,
  getTenant,
  listTenants,
  resumeTenantOperation,
  suspendTenantOperation,
  tenantIdSchema,
} from './tenantOperations.ts';

export interface TenantRouteDeps {
  readonly pool: Pool;
  readonly suspensions: Suspensions;
  readonly pageSizeMax: number;
}

const list: List = { name: listTenants.id, asked: {} };

export function addTenantRoutes(app: App, { pool, suspensions, pageSizeMax }: TenantRouteDeps): void {
  const listQuery = listTenants.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, createTenantOperation, async (c) => {
    const { id, name } = await readBody(c, createTenantOperation.body);
    const level = await readLevel(pool);
    if (level < levels.compactRecords)
      throw new ProblemError({
        code: 'TENANTS_NOT_READY',
        detail: `Tenants need level ${levels.compactRecords}, and level ${level} is open: it opens by itself once no process of an older release runs.`,
      });
    const created = await createTenant(pool, id, name);
    if (created === undefined)
      throw new ProblemError({ code: 'TENANT_ALREADY_EXISTS', detail: `Tenant "${id}" exists already.` });
    return respondJson(toAnswer(created), c, { location: `/tenants/${id}` }, 201);
  });

  addOperation(app, listTenants, async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const found = await readTenants(pool, readCursor(cursor, list, z.string()) ?? '', limit + 1);
    const { rows, nextCursor } = toPage(list, found, limit, ({ id }) => id);
    return respondRead(c, { tenants: rows.map(toAnswer), nextCursor });
  });

  addOperation(app, getTenant, async (c) => {
    const id = readTenantId(c);
    return respondRead(c, toAnswer(known(await readTenant(pool, id), id)));
  });

  addOperation(app, suspendTenantOperation, async (c) => {
    const id = readTenantId(c);
    const { reason } = await readBody(c, suspendTenantOperation.body);
    const suspended = known(await suspendTenant(pool, id, reason), id);
    await suspensions.refresh();
    return respondJson(toAnswer(suspended), c);
  });

  addOperation(app, resumeTenantOperation, async (c) => {
    const id = readTenantId(c);
    const resumed = known(await resumeTenant(pool, id), id);
    await suspensions.refresh();
    return respondJson(toAnswer(resumed), c);
  });
}

function readTenantId(c: AppContext): string {
  const parsed = tenantIdSchema.safeParse(c.req.param('tenantId'));
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ message }) => ({ parameter: 'tenantId', detail: message }));
  throw new ProblemError({ code: 'VALIDATION_FAILED', detail: 'The tenant id is not one.', errors });
}

function known(tenant: TenantRow | undefined, id: string): TenantRow {
  if (tenant !== undefined) return tenant;
  throw new ProblemError({ code: 'TENANT_NOT_FOUND', detail: `There is no tenant "${id}".` });
}

function toAnswer({ createdAt, suspendedAt, ...tenant }: TenantRow): object {
  return {
    ...tenant,
    createdAt: createdAt.toISOString(),
    suspendedAt: suspendedAt === null ? null : suspendedAt.toISOString(),
  };
}
