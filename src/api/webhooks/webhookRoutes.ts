// Webhook endpoints over HTTP. A caller sees and changes those of the own tenant.
//
// Invariant: only the answer that makes a secret shows it, and the answer to the same request under its key.
import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { changeEndpoint, deleteEndpoint, resumeEndpoint } from '../../webhooks/endpointChanges.ts';
import { type Endpoint, insertEndpoint, listEndpoints } from '../../webhooks/endpoints.ts';
import { addSecret, readSecretAges, readSecrets } from '../../webhooks/endpointSecrets.ts';
import type { SecretBox } from '../../webhooks/secretBox.ts';
import { newSecret } from '../../webhooks/signature.ts';
import type { App } from '../context.ts';
import { pageSizeSchema, readCursor, toPage } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readBody, readBodyOrNone, readCommandBody, readIdempotencyKey, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { callerTenant, scoped } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import { toEndpointAnswer, toEndpointDetails } from './webhookAnswer.ts';
import {
  changeWebhookEndpoint,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  getWebhookEndpoint,
  listWebhookEndpoints,
  overlapHoursDefault,
  resumeWebhookEndpoint,
  rotateWebhookSecret,
} from './webhookOperations.ts';
import {
  boxOf,
  found,
  invalid,
  keyReused,
  notFound,
  opened,
  readEndpointId,
  type ServedWebhooks,
  type WebhookRouteDeps,
} from './webhookRequests.ts';

const idBytes = 12;

export function addWebhookRoutes(app: App, deps: WebhookRouteDeps): void {
  const { pool, webhooks } = deps;
  addEndpointRoutes(app, deps);

  addOperation(app, rotateWebhookSecret, async (c) => {
    const asked = await readBodyOrNone(c, rotateWebhookSecret.body);
    const endpointId = readEndpointId(c);
    const { overlapHours = overlapHoursDefault, signing = (await found(c, deps)).signing } = asked;
    const { text, publicText } = newSecret(signing);
    const secret = { box: boxOf(webhooks).seal(text, endpointId), signing, overlapHours };
    if (!(await addSecret(pool, callerTenant(c), endpointId, secret))) throw notFound(endpointId);
    return respondJson({ endpointId, secret: publicText, overlapHours }, c, {}, 201);
  });
}

function addEndpointRoutes(app: App, deps: WebhookRouteDeps): void {
  const { pool, reads, webhooks, pageSizeMax } = deps;

  addOperation(app, createWebhookEndpoint, async (c) => {
    const { body, spellingHash } = await readCommandBody(c, createWebhookEndpoint.body);
    const idempotencyKey = readIdempotencyKey(c);
    const requestHash = idempotencyKey === undefined ? undefined : spellingHash();
    const box = boxOf(webhooks);
    const id = `whe_${randomBytes(idBytes).toString('hex')}`;
    const { text } = newSecret(body.signing);
    const outcome = await insertEndpoint(
      pool,
      {
        ...{ id, tenant: callerTenant(c), url: allowedUrl(webhooks, body.url) },
        ...{ types: body.types ?? null, labels: body.labels ?? null },
        walletIds: body.walletIds?.map((walletId) => scoped(c, walletId)) ?? null,
        ...{ ordered: body.ordered, description: body.description, signing: body.signing },
        createdBy: c.get('caller').actor,
        ...{ idempotencyKey, requestHash, box: box.seal(text, id) },
      },
      webhooks.endpointsPerTenantMax,
    );
    if (outcome.kind === 'tooMany') throw tooMany();
    if (outcome.kind === 'repeated' && outcome.requestHash !== requestHash) throw keyReused();
    const { endpoint } = outcome;
    const secret = publicTextOf(outcome.kind === 'made' ? text : await newestSecret(pool, box, endpoint));
    const replayed = outcome.kind === 'made' ? {} : { 'idempotent-replayed': 'true' };
    const headers = { location: `/webhook-endpoints/${endpoint.id}`, ...replayed };
    return respondJson({ secret, ...toEndpointAnswer(endpoint) }, c, headers, 201);
  });

  const listQuery = listWebhookEndpoints.query.extend({ limit: pageSizeSchema(pageSizeMax) });
  addOperation(app, listWebhookEndpoints, async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const list = { name: listWebhookEndpoints.id, asked: {} };
    const after = readCursor(cursor, list, z.string().max(64)) ?? '';
    const tenant = callerTenant(c);
    const rows = await listEndpoints(reads(tenant), tenant, after, limit + 1);
    const page = toPage(list, rows, limit, ({ id }) => id);
    return respondRead(c, { endpoints: page.rows.map(toEndpointAnswer), nextCursor: page.nextCursor });
  });

  addOperation(app, getWebhookEndpoint, async (c) => {
    const endpoint = await found(c, deps);
    // The tenant has the endpoint, so its secrets may be told of. The role for reads can't see their table.
    return respondRead(c, toEndpointDetails(endpoint, await readSecretAges(pool, endpoint.id)));
  });

  addOperation(app, changeWebhookEndpoint, async (c) => {
    const { url, walletIds, ...body } = await readBody(c, changeWebhookEndpoint.body);
    const id = readEndpointId(c);
    const change = {
      ...body,
      walletIds: walletIds?.map((walletId) => scoped(c, walletId)) ?? (walletIds === null ? null : undefined),
      ...(url !== undefined && { url: allowedUrl(webhooks, url) }),
    };
    const changed = await changeEndpoint(pool, callerTenant(c), id, change);
    if (changed === undefined) throw notFound(id);
    return respondJson(toEndpointAnswer(changed), c);
  });

  addOperation(app, resumeWebhookEndpoint, async (c) => {
    const { from } = await readBody(c, resumeWebhookEndpoint.body);
    const id = readEndpointId(c);
    const resumed = await resumeEndpoint(pool, callerTenant(c), id, from);
    if (resumed === undefined) throw notFound(id);
    return respondJson(toEndpointAnswer(resumed), c);
  });

  addOperation(app, deleteWebhookEndpoint, async (c) => {
    const endpoint = await found(c, deps);
    if (!(await deleteEndpoint(pool, callerTenant(c), endpoint.id))) throw notFound(endpoint.id);
    return respondJson(toEndpointAnswer(endpoint), c);
  });
}

function allowedUrl({ guard }: ServedWebhooks, text: string): string {
  const verdict = guard.checkUrl(text);
  if (verdict.ok) return verdict.url.href;
  throw invalid('/url', verdict.detail);
}

async function newestSecret(pool: Pool, box: SecretBox, { id }: Endpoint): Promise<string> {
  const [newest] = await readSecrets(pool, id);
  if (newest === undefined) throw new Error(`webhook endpoint ${id} has no secret`);
  return opened(() => box.open(newest, id));
}

const seedBytes = 32;

/** The part of a secret that a receiver gets: of ed25519 the public key, which stands after the seed. */
function publicTextOf(text: string): string {
  const prefix = 'whsk_';
  if (!text.startsWith(prefix)) return text;
  const bytes = Buffer.from(text.slice(prefix.length), 'base64');
  return `whpk_${bytes.subarray(seedBytes).toString('base64')}`;
}

function tooMany(): ProblemError {
  return new ProblemError({
    code: 'TOO_MANY_WEBHOOK_ENDPOINTS',
    detail: 'There are as many webhook endpoints as there may be. Delete one that is not used.',
  });
}
