// API keys over HTTP. Whoever may manage keys makes, lists, rotates and revokes those of the own tenant.
//
// Invariant: no key is made that can do more than its maker. Invariant: only the answer that makes a key
// shows its text.
import type { Pool } from 'pg';
import {
  type ApiKey,
  insertKey,
  type KeyReach,
  listKeys as readKeys,
  readKey,
  replaceKey,
  revokeKey as endKey,
} from '../../access/apiKeys.ts';
import type { Caller } from '../../access/caller.ts';
import type { IssueKey } from '../../access/issueKey.ts';
import { isOperatorScope, isScope, type Scope, scopes as everyScope } from '../../access/scopes.ts';
import { defaultTenant } from '../../domain/tenant.ts';
import { isNetworkWithin } from '../../networks.ts';
import type { App, AppContext } from '../context.ts';
import { forbidden } from '../http/authentication.ts';
import { pageSizeSchema, readCursor, toPage } from '../http/page.ts';
import { type FieldError, ProblemError } from '../http/problems.ts';
import { readBody, readBodyOrNone, readParam, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import {
  createKey,
  getKey,
  keyParams,
  listKeys,
  overlapHoursDefault,
  revokeKey,
  rotateKey,
} from './keyOperations.ts';

export interface KeyRouteDeps {
  readonly pool: Pool;
  readonly pageSizeMax: number;
  /** Makes the text of a key and its row. Undefined if there is no pepper. */
  readonly issueKey: IssueKey | undefined;
  /** Tells every process that keys have changed. */
  readonly keysChanged: () => void;
}

export function addKeyRoutes(app: App, deps: KeyRouteDeps): void {
  const { pool, pageSizeMax, keysChanged } = deps;
  const listQuery = listKeys.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, createKey, async (c) => {
    const asked = await readBody(c, createKey.body);
    const issueKey = issuing(deps);
    const caller = c.get('caller');
    assertGrantable(c, asked);
    await assertAddresses(pool, caller, asked.allowedAddresses ?? null);
    assertFuture(asked.expiresAt);
    const { text, row } = issueKey({
      ...{ tenant: callerTenant(c), createdBy: caller.actor },
      ...{ name: asked.name, scopes: asked.scopes, operator: asked.operator },
      allowedAddresses: asked.allowedAddresses ?? null,
      expiresAt: asked.expiresAt ?? null,
    });
    return answerIssued(c, text, await insertKey(pool, row));
  });

  addOperation(app, listKeys, async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const list = { name: listKeys.id, asked: {} };
    const after = readCursor(cursor, list, z.string().max(64)) ?? '';
    const found = await readKeys(pool, reachOf(c), after, limit + 1);
    const { rows, nextCursor } = toPage(list, found, limit, ({ id }) => id);
    return respondRead(c, { keys: rows.map(toAnswer), nextCursor });
  });

  addOperation(app, getKey, async (c) => respondRead(c, toAnswer(await found(pool, c))));

  addOperation(app, rotateKey, async (c) => {
    const { overlapHours = overlapHoursDefault } = await readBodyOrNone(c, rotateKey.body);
    const old = await found(pool, c);
    const issueKey = issuing(deps);
    assertGrantable(c, { ...old, scopes: scopesOf(old) });
    await assertAddresses(pool, c.get('caller'), old.allowedAddresses);
    const lifetimeMs = old.expiresAt === null ? undefined : old.expiresAt.getTime() - old.createdAt.getTime();
    const { text, row } = issueKey({
      ...old,
      createdBy: c.get('caller').actor,
      expiresAt: lifetimeMs === undefined ? null : new Date(Date.now() + lifetimeMs),
    });
    const added = await replaceKey(pool, old.id, row, overlapHours);
    if (added === undefined)
      throw new ProblemError({
        code: 'KEY_ENDED',
        detail: `Key ${old.id} has ended or was replaced before.`,
      });
    keysChanged();
    return answerIssued(c, text, added);
  });

  addOperation(app, revokeKey, async (c) => {
    const { id } = await found(pool, c);
    const revoked = await endKey(pool, id, c.get('caller').actor);
    keysChanged();
    return respondJson(toAnswer(revoked), c);
  });
}

/** Keys of operators belong to the default tenant, and only operators see them. */
function reachOf(c: AppContext): KeyReach {
  return { tenant: callerTenant(c), operators: c.get('caller').operator };
}

async function found(pool: Pool, c: AppContext): Promise<ApiKey> {
  const { success, data } = keyParams.safeParse({ keyId: readParam(c, 'keyId') });
  const key = success ? await readKey(pool, reachOf(c), data.keyId) : undefined;
  if (key !== undefined) return key;
  const id = readParam(c, 'keyId');
  throw new ProblemError({ code: 'KEY_NOT_FOUND', detail: `There is no key "${id}".` });
}

function issuing({ issueKey }: KeyRouteDeps): IssueKey {
  if (issueKey !== undefined) return issueKey;
  throw new ProblemError({
    code: 'KEY_PEPPER_MISSING',
    detail: 'This process has no API_KEY_PEPPERS, so it can make no keys.',
  });
}

/** The scopes that a stored key has in this release. */
function scopesOf({ scopes }: ApiKey): readonly Scope[] {
  return scopes.includes('*') ? everyScope : scopes.filter(isScope);
}

function assertGrantable(
  c: AppContext,
  asked: { readonly scopes: readonly Scope[]; readonly operator: boolean },
): void {
  const caller: Caller = c.get('caller');
  const lacking = asked.scopes.find((scope) => !caller.scopes.has(scope));
  if (lacking !== undefined) throw forbidden(lacking);
  if (asked.operator && !caller.operator)
    throw new ProblemError({ code: 'FORBIDDEN', detail: "Only an operator may make an operator's key." });
  if (asked.operator && callerTenant(c) !== '')
    throw refused('/operator', 'must be false in a tenant: an operator belongs to the installation');
  const wide = asked.operator ? undefined : asked.scopes.find(isOperatorScope);
  if (wide !== undefined) throw refused('/scopes', `may hold ${wide} only for an operator's key`);
}

/** A key that is bound to addresses makes only keys that are bound to some of them. */
async function assertAddresses(
  pool: Pool,
  { tenant, operator, keyId }: Caller,
  asked: readonly string[] | null,
): Promise<void> {
  // An operator's key belongs to the default tenant, in whatever tenant it acts.
  const reach = operator ? { tenant: defaultTenant, operators: true } : { tenant, operators: false };
  const maker = keyId === null ? undefined : await readKey(pool, reach, keyId);
  const bound = maker?.allowedAddresses ?? null;
  if (bound === null) return;
  if (asked === null || asked.some((one) => !isNetworkWithin(bound, one)))
    throw new ProblemError({
      code: 'FORBIDDEN',
      detail: 'Your key is bound to addresses, and so is each key that it makes: to some of the same.',
    });
}

function assertFuture(expiresAt: Date | undefined): void {
  if (expiresAt !== undefined && expiresAt.getTime() <= Date.now())
    throw refused('/expiresAt', 'must lie in the future');
}

function refused(pointer: string, detail: string): ProblemError {
  const errors: readonly FieldError[] = [{ pointer, detail }];
  return new ProblemError({ code: 'VALIDATION_FAILED', detail: `${pointer} ${detail}`, errors });
}

function answerIssued(c: AppContext, key: string, row: ApiKey): Response {
  const location = `/keys/${row.id}`;
  return respondJson({ key, ...toAnswer(row) }, c, { location }, 201);
}

function toAnswer(key: ApiKey) {
  const { id, name, scopes, operator, status, allowedAddresses, createdBy, replacedBy, pepperId } = key;
  return {
    ...{ id, name, scopes, operator, status, allowedAddresses },
    createdAt: key.createdAt.toISOString(),
    createdBy,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    replacedBy,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    pepper: pepperId,
  };
}
