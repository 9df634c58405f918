// Deliveries over HTTP: the test of an endpoint, replays, and what did not succeed at once.
import { randomBytes } from 'node:crypto';
import { positionMax } from '../../eventStore/logHead.ts';
import { listDeliveries } from '../../webhooks/deliveries.ts';
import { withProgress } from '../../webhooks/replayProgress.ts';
import { listReplays, readReplay, type ReplayKey } from '../../webhooks/replayReads.ts';
import { insertReplay, openReplaysMax } from '../../webhooks/replayStore.ts';
import { readSecrets } from '../../webhooks/endpointSecrets.ts';
import { createOpenSecrets } from '../../webhooks/openSecrets.ts';
import type { App, AppContext } from '../context.ts';
import type { DeliveryKey } from '../../webhooks/endpoint.ts';
import { pageSizeSchema, readCursor, toPage, unknownCursor } from '../http/page.ts';
import { ProblemError } from '../http/problems.ts';
import { readCommandBody, readIdempotencyKey, readPathParam, readQuery } from '../http/request.ts';
import { respondJson, respondRead } from '../http/respond.ts';
import { callerTenant } from '../http/tenantIds.ts';
import { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import { testEvent } from './testEvent.ts';
import { toDeliveryAnswer, toReplayAnswer, toTestAnswer } from './webhookAnswer.ts';
import {
  boxOf,
  found,
  invalid,
  keyReused,
  notFound,
  opened,
  readEndpointId,
  type WebhookRouteDeps,
} from './webhookRequests.ts';
import {
  getWebhookReplay,
  listWebhookDeliveries,
  listWebhookReplays,
  replayWebhookEvents,
  testWebhookEndpoint,
} from './webhookSendingOperations.ts';
import { replayIdSchema } from './webhookSchemas.ts';

/** Tests of endpoints under way in one process. Each may take 15 s. */
const testsMax = 4;
const idBytes = 12;

export function addWebhookSendingRoutes(app: App, deps: WebhookRouteDeps): void {
  addTestRoute(app, deps);
  addReplayRoute(app, deps);
  addReplayReads(app, deps);
  addDeliveryRoute(app, deps);
}

function addTestRoute(app: App, deps: WebhookRouteDeps): void {
  const { pool, webhooks } = deps;
  let tests = 0;

  addOperation(app, testWebhookEndpoint, async (c) => {
    const { id, tenant, url } = await found(c, deps);
    const box = boxOf(webhooks);
    const boxes = await readSecrets(pool, id);
    const secrets = opened(() => createOpenSecrets(box)(id, boxes));
    if (tests >= testsMax)
      throw new ProblemError({
        code: 'TOO_MANY_TESTS',
        detail: `This process runs ${testsMax} tests already.`,
      });
    tests += 1;
    try {
      const text = testEvent(callerTenant(c), id, randomBytes(idBytes).toString('hex'), new Date());
      const webhookId = `evt_${id}_test_${randomBytes(idBytes).toString('hex')}`;
      const sent = await webhooks.deliver(() => ({ tenant, url, secrets }), { id: webhookId, text });
      return respondJson(toTestAnswer(sent), c);
    } finally {
      tests -= 1;
    }
  });
}

function addReplayRoute(app: App, { pool }: WebhookRouteDeps): void {
  addOperation(app, replayWebhookEvents, async (c) => {
    const { body, spellingHash } = await readCommandBody(c, replayWebhookEvents.body);
    const endpointId = readEndpointId(c);
    const idempotencyKey = readIdempotencyKey(c);
    if (idempotencyKey === undefined) throw keyMissing();
    const requestHash = spellingHash();
    const until = body.to ?? new Date();
    if (body.from > until) throw invalid('/from', 'must not lie after the end');
    const outcome = await insertReplay(pool, {
      ...{ id: `whr_${randomBytes(idBytes).toString('hex')}`, tenant: callerTenant(c), endpointId },
      ...{ types: body.types ?? null, from: body.from, until },
      ...{ createdBy: c.get('caller').actor, idempotencyKey, requestHash },
    });
    if (outcome.kind === 'absent') throw notFound(endpointId);
    if (outcome.kind === 'tooMany')
      throw new ProblemError({
        code: 'TOO_MANY_REPLAYS',
        detail: `The endpoint has ${openReplaysMax} replays that go on already.`,
      });
    if (outcome.kind === 'repeated' && outcome.requestHash !== requestHash) throw keyReused();
    const replayed = outcome.kind === 'made' ? {} : { 'idempotent-replayed': 'true' };
    const [shown] = await withProgress(pool, [outcome.replay]);
    if (shown === undefined) throw new Error(`the replay ${outcome.replay.id} has no progress`);
    return respondJson(toReplayAnswer(shown), c, replayed, 202);
  });
}

/** The list asks for the newest first, so its cursor holds when the last one was made, and its id. */
const replayKey = z
  .string()
  .regex(/^\d{1,17} whr_[0-9a-f]{24}$/)
  .transform((text): ReplayKey => {
    const [createdUs = '', id = ''] = text.split(' ');
    return { createdUs: BigInt(createdUs), id };
  });

function addReplayReads(app: App, deps: WebhookRouteDeps): void {
  const { pool, reads, pageSizeMax } = deps;
  const replaysQuery = listWebhookReplays.query.extend({ limit: pageSizeSchema(pageSizeMax) });

  addOperation(app, listWebhookReplays, async (c) => {
    const { limit, cursor } = readQuery(c, replaysQuery);
    const id = readEndpointId(c);
    const list = { name: listWebhookReplays.id, asked: { endpointId: id } };
    const before = readCursor(cursor, list, replayKey);
    await found(c, deps);
    const rows = await listReplays(reads(callerTenant(c)), id, before, limit + 1);
    const page = toPage(list, rows, limit, (replay) => `${replay.createdUs} ${replay.id}`);
    const replays = (await withProgress(pool, page.rows)).map(toReplayAnswer);
    return respondRead(c, { replays, nextCursor: page.nextCursor });
  });

  addOperation(app, getWebhookReplay, async (c) => {
    const replayId = readPathParam(c, 'replayId', replayIdSchema, 'id of the replay');
    const { id } = await found(c, deps);
    const replay = await readReplay(reads(callerTenant(c)), id, replayId);
    const [shown] = replay === undefined ? [] : await withProgress(pool, [replay]);
    if (shown === undefined)
      throw new ProblemError({
        code: 'WEBHOOK_REPLAY_NOT_FOUND',
        detail: `The webhook endpoint has no replay "${replayId}".`,
      });
    return respondRead(c, toReplayAnswer(shown));
  });
}

function addDeliveryRoute(app: App, deps: WebhookRouteDeps): void {
  const { reads, pageSizeMax } = deps;
  const deliveriesQuery = listWebhookDeliveries.query.extend({ limit: pageSizeSchema(pageSizeMax) });
  addOperation(app, listWebhookDeliveries, async (c) => {
    const { status, limit, cursor } = readQuery(c, deliveriesQuery);
    const id = readEndpointId(c);
    const cursors = cursorsOf(c, deps);
    const list = { name: listWebhookDeliveries.id, asked: { endpointId: id, status } };
    // A position would tell how many events other tenants have, so the key of the page is encrypted.
    const key = readCursor(cursor, list, z.string().max(64));
    const place = key === undefined ? placeOf({ position: positionMax, alertNumber: 0 }) : cursors.read(key);
    if (place === undefined) throw unknownCursor();
    await found(c, deps);
    const rows = await listDeliveries(reads(callerTenant(c)), id, status, keyAt(place), limit + 1);
    const page = toPage(list, rows, limit, (delivery) => cursors.write(placeOf(delivery)));
    const deliveries = page.rows.map((delivery) => toDeliveryAnswer(id, delivery));
    return respondRead(c, { deliveries, nextCursor: page.nextCursor });
  });
}

/** An event has fewer alerts. */
const placesPerPosition = 100n;

/** One number for a position and the number of an alert there, because a cursor holds one number. */
const placeOf = ({ position, alertNumber }: DeliveryKey) =>
  position * placesPerPosition + BigInt(alertNumber);

const keyAt = (place: bigint): DeliveryKey => ({
  position: place / placesPerPosition,
  alertNumber: Number(place % placesPerPosition),
});

const cursorsOf = (c: AppContext, { feed }: WebhookRouteDeps) =>
  feed.cursors.of({
    ...{ tenant: callerTenant(c), types: undefined, walletId: undefined, ownerId: undefined },
    label: undefined,
  });

function keyMissing(): ProblemError {
  const detail = 'must be there, because a replay that is asked for twice sends everything twice';
  return new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `Idempotency-Key ${detail}.`,
    errors: [{ header: 'Idempotency-Key', detail }],
  });
}
