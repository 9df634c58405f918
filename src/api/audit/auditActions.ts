// Writes every audited operation into the audit log. The list of operations says which these are, and which
// of them only if a person signed in at the console sends them. Two steps stand around each of their routes.
// The outer one runs before authentication and sees requests that were refused before the route. The inner
// one runs last before the route.
//
// Invariant: the route runs only after its row is in the log. If PostgreSQL takes no row, the request gets
// DATABASE_UNAVAILABLE and nothing has happened.
import type { Logger } from 'pino';
import { nobody } from '../../access/caller.ts';
import type { AuditedRequest, AuditLog } from '../../audit/auditLog.ts';
import type { RefusalCounts } from '../../audit/countRefusals.ts';
import type { App, AppContext, AppMiddleware } from '../context.ts';
import type { AddressOf } from '../http/clientAddress.ts';
import { isJsonNumber, jsonNumber, parseJsonObject, sourceOf } from '../http/exactJson.ts';
import { ProblemError } from '../http/problems.ts';
import { type Audited, type Operation, routePathsOf } from '../openApi/operation.ts';

export interface AuditDeps {
  readonly audit: AuditLog;
  readonly refusals: RefusalCounts;
  readonly addressOf: AddressOf;
  readonly log: Logger;
}

/** The steps before authentication. */
export function watchRefusals(app: App, operations: readonly Operation[], deps: AuditDeps): void {
  for (const operation of operations) {
    const { audited, method } = operation;
    if (!audited) continue;
    for (const path of routePathsOf(operation)) app.on(method, path, seeRefusal(operation, audited, deps));
  }
}

/** The steps after authentication, and after the limits of rate and body. */
export function auditActions(app: App, operations: readonly Operation[], deps: AuditDeps): void {
  for (const operation of operations) {
    const { audited, method } = operation;
    if (!audited) continue;
    for (const path of routePathsOf(operation)) app.on(method, path, auditAction(operation, audited, deps));
  }
}

/** Whether this request of the operation leaves a row. */
function isAudited(c: AppContext, { by }: Audited): boolean {
  return by !== 'people' || c.get('session') !== undefined;
}

function seeRefusal({ id }: Operation, audited: Audited, deps: AuditDeps): AppMiddleware {
  const { refusals, addressOf } = deps;
  return async function refusal(c, next) {
    await next();
    if (c.get('auditId') !== undefined || !isAudited(c, audited)) return;
    const { status } = c.res;
    // A row of the action itself was tried and could not be written. Then nothing else can be, either.
    if (status >= 500) return;
    const request = { ...requestOf(c, id, addressOf), target: pathTarget(c), reason: undefined };
    refusals.add(request, { status, code: c.get('problemCode') });
  };
}

function auditAction({ id }: Operation, audited: Audited, deps: AuditDeps): AppMiddleware {
  const { audit, addressOf, log } = deps;
  return async function action(c, next) {
    if (!isAudited(c, audited)) return next();
    const members = await membersOf(c);
    const request = {
      ...requestOf(c, id, addressOf),
      target: targetOf(c, audited, members),
      reason: audited.reason === undefined ? undefined : textOf(members[audited.reason]),
    };
    const auditId = await audit.begin(request);
    c.set('auditId', auditId);
    await next();
    const outcome = { status: c.res.status, code: c.get('problemCode') };
    try {
      await audit.end(auditId, outcome);
    } catch (error) {
      // The action has happened or was refused, and the caller learns it. Its row stands without an outcome.
      log.error(
        { err: error, auditId, ...request, ...outcome },
        'the outcome of an action could not be audited',
      );
    }
  };
}

function requestOf(
  c: AppContext,
  operation: string,
  addressOf: AddressOf,
): Omit<AuditedRequest, 'target' | 'reason'> {
  const caller = c.get('caller');
  const isKnown = caller !== nobody;
  return {
    actor: isKnown ? caller.actor : undefined,
    tenant: isKnown ? caller.tenant : undefined,
    address: addressOf(c),
    operation,
    requestId: c.get('requestId'),
  };
}

function pathTarget(c: AppContext): string {
  return Object.values(c.req.param()).join('/');
}

/** What the path and the declared members of the body name: `ledger/17`, `verifyProjections repair=true`. */
function targetOf(c: AppContext, { members = [] }: Audited, sent: Readonly<Record<string, unknown>>): string {
  const named = members.flatMap((name) => {
    const text = textOf(sent[name]);
    return text === undefined ? [] : [`${name}=${text}`];
  });
  return [pathTarget(c), ...named].filter((part) => part !== '').join(' ');
}

const utf8 = new TextDecoder('utf-8');

/** The members of the body. None if it holds no JSON object: the route then refuses the request itself. */
async function membersOf(c: AppContext): Promise<Readonly<Record<string, unknown>>> {
  // The route reads the same bytes, which the context keeps.
  const text = utf8.decode(await c.req.arrayBuffer());
  if (text === '') return {};
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (error instanceof ProblemError) return {};
    throw error;
  }
}

/** The text of a value. A list is told as JSON, and the audit log cuts what is too long. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isJsonNumber(value)) return sourceOf(value);
  if (!Array.isArray(value)) return undefined;
  return JSON.stringify(value, (_, member: unknown) =>
    isJsonNumber(member) ? jsonNumber(sourceOf(member)) : member,
  );
}
