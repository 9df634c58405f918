// GET /audit: who asked for which change, when, why, and what came of it.
import type { Pool } from 'pg';
import { type AuditKey, type AuditRow, readAuditPage } from '../../audit/readAudit.ts';
import type { App, AppContext } from '../context.ts';
import { defaultTenant, type Tenant } from '../../domain/tenant.ts';
import { cursorAfter, pageSizeSchema, readCursor } from '../http/page.ts';
import { readQuery } from '../http/request.ts';
import { respondRead } from '../http/respond.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import { type AuditEntry, listAudit } from './auditOperations.ts';

export interface AuditRouteDeps {
  readonly pool: Pool;
  readonly pageSizeMax: number;
}

export function addAuditRoutes(app: App, { pool, pageSizeMax }: AuditRouteDeps): void {
  const listQuery = listAudit.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, listAudit, async (c) => {
    const { limit, cursor, from, to, ...filter } = readQuery(c, listQuery);
    const { actor, operation, target, requestId } = filter;
    const asked = {
      ...{ actor, operation, target, requestId },
      from: from?.toISOString(),
      to: to?.toISOString(),
    };
    const list = { name: listAudit.id, asked };
    const page = await readAuditPage(pool, {
      tenant: tenantSeenBy(c),
      ...{ actor, operation, target, requestId, from, to, limit },
      after: readCursor(cursor, list, keySchema),
    });
    const nextCursor = page.next === undefined ? null : cursorAfter(list, keyText(page.next));
    return respondRead(c, { entries: page.rows.map(toEntryAnswer), nextCursor });
  });
}

/** Undefined means every tenant. An operator who acts in another tenant asks for that one. */
function tenantSeenBy(c: AppContext): Tenant | undefined {
  const { operator, tenant } = c.get('caller');
  return operator && tenant === defaultTenant ? undefined : tenant;
}

const keySchema = z
  .string()
  .regex(/^\d{1,15} \d{1,18}$/)
  .transform((key): AuditKey => {
    const [atMs = '', id = ''] = key.split(' ');
    return { atMs: Number(atMs), id };
  });

function keyText({ atMs, id }: AuditKey): string {
  return `${atMs} ${id}`;
}

function toEntryAnswer({ at, outcome, ...row }: AuditRow): AuditEntry {
  return {
    ...row,
    at: at.toISOString(),
    outcome: outcome === null ? null : { ...outcome, at: outcome.at.toISOString() },
  };
}
