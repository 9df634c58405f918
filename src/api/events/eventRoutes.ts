// The event feed over HTTP: pages, requests that wait for an event, and streams, all at one URL.
import type { Logger } from 'pino';
import { accepts } from 'hono/accepts';
import type { Suspensions } from '../../access/suspensions.ts';
import { bareId } from '../../domain/tenant.ts';
import { readHead } from '../../eventStore/logHead.ts';
import { readRetainedFrom } from '../../eventStore/retainedLog.ts';
import type { TenantReads } from '../../eventStore/tenantReads.ts';
import type { CursorsOfFilter } from '../../feed/feedCursors.ts';
import { type FeedFilter, filterKeyOf } from '../../feed/feedFilter.ts';
import type { FeedType } from '../../feed/feedTypes.ts';
import { createFollower, type FollowerDeps } from '../../feed/follower.ts';
import { CursorAheadError, type FeedPage, readFeedPage } from '../../feed/readFeed.ts';
import { type App, type AppContext, honoContextOf } from '../context.ts';
import type { Authenticate } from '../http/authentication.ts';
import { type FieldError, ProblemError } from '../http/problems.ts';
import { readPathParam, readQuery } from '../http/request.ts';
import { eventStreamHeaders, respondRead } from '../http/respond.ts';
import { callerTenant, scopedOrNone } from '../http/tenantIds.ts';
import { incomingOf } from '../http/undeclared.ts';
import type { z } from '../http/zod.ts';
import { addOperation } from '../openApi/operation.ts';
import type { CommandIdCover } from '../wallets/commandIdCover.ts';
import { jsonSchemaOf } from './cloudEventSchemas.ts';
import { eventTypeSchema, getEventSchema, listEvents } from './eventOperations.ts';
import { pieceEventsMax } from './eventStream.ts';
import { createEventStreams, type EventStreams, type ServedFeed } from './eventStreams.ts';
import type { ReaderCaller } from './readerPlaces.ts';
import { waitForPage } from './waitForPage.ts';

export interface EventRouteDeps {
  readonly feed: ServedFeed;
  readonly reads: TenantReads;
  readonly commandIdCover: CommandIdCover;
  readonly suspensions: Suspensions;
  readonly log: Logger;
  readonly monotonicMs: () => number;
  /** Aborted when the process begins to stop: streams and waits end then. */
  readonly stopping: AbortSignal;
}

type Asked = z.output<typeof listEvents.query>;

interface Reader extends Omit<FollowerDeps, 'tail'> {
  readonly cursors: CursorsOfFilter;
}

const batchMediaType = 'application/cloudevents-batch+json';
const streamMediaType = 'text/event-stream';

export function addEventRoutes(app: App, deps: EventRouteDeps, authenticate: Authenticate): void {
  const streams = createEventStreams({
    ...deps,
    onFailure: (error) => {
      deps.log.debug({ err: error }, 'a stream of events failed');
    },
  });

  addOperation(app, listEvents, async (c) => {
    const asked = readQuery(c, listEvents.query);
    const reader = readerOf(c, deps, asked);
    const mediaType = accepts(honoContextOf(c), {
      header: 'Accept',
      supports: ['application/json', batchMediaType, streamMediaType],
      default: 'application/json',
    });
    if (mediaType === streamMediaType && namesStream(c))
      return openStream(c, deps, authenticate, streams, reader, asked);
    const page = await findPage(c, deps, authenticate, streams, reader, asked);
    if (page.unreadable !== undefined) throw unreadableProblem(page.unreadable);
    const next = reader.cursors.write(page.endsAt);
    const texts = page.events.map(({ text }) => text).join(',');
    deps.feed.watch.sent(page.events.length);
    const varied = { vary: 'Accept, Authorization, Cookie, Wallet-Tenant' };
    if (mediaType !== batchMediaType)
      return respondRead(c, `{"events":[${texts}],"next":"${next}","hasMore":${page.hasMore}}`, varied);
    return respondRead(c, `[${texts}]`, {
      ...varied,
      'content-type': batchMediaType,
      'events-next': next,
      'events-has-more': String(page.hasMore),
    });
  });

  addOperation(app, getEventSchema, (c) => {
    const type = readPathParam(c, 'type', eventTypeSchema, 'type');
    return respondRead(c, jsonSchemaOf(type as FeedType));
  });
}

/** `text/*` would fit the stream as well, and is sent by programs that know nothing of streams. */
function namesStream(c: AppContext): boolean {
  return (c.req.header('accept') ?? '').toLowerCase().includes(streamMediaType);
}

function readerOf(c: AppContext, { reads, commandIdCover, feed }: EventRouteDeps, asked: Asked): Reader {
  const tenant = callerTenant(c);
  const filter: FeedFilter = {
    tenant,
    types: asked.types && [...new Set(asked.types)],
    walletId: scopedOrNone(c, asked.walletId),
    ownerId: scopedOrNone(c, asked.ownerId),
    label: asked.label,
  };
  const database = reads(tenant);
  return {
    filter,
    filterKey: filterKeyOf(filter),
    cursors: feed.cursors.of(filter),
    readPage: async (after, limit) => {
      try {
        return await readFeedPage(database, filter, after, limit, commandIdCover.shown);
      } catch (error) {
        throw error instanceof CursorAheadError ? cursorAheadProblem() : error;
      }
    },
  };
}

/** The position after which the reader goes on. */
async function startOf(
  c: AppContext,
  { reads }: EventRouteDeps,
  { cursors }: Reader,
  given: string | undefined,
  place: Pick<FieldError, 'parameter' | 'header'>,
): Promise<bigint> {
  if (given === undefined || given === '0') return 0n;
  if (given === 'oldest') return (await readRetainedFrom(reads(callerTenant(c)))) - 1n;
  if (given === 'latest') return readHead(reads(callerTenant(c)));
  const position = cursors.read(given);
  if (position !== undefined) return position;
  const detail = 'must be a cursor of the same tenant and filter, or 0, oldest or latest';
  throw new ProblemError({
    code: 'VALIDATION_FAILED',
    detail: `${place.parameter ?? place.header ?? ''} ${detail}.`,
    errors: [{ ...place, detail }],
  });
}

async function findPage(
  c: AppContext,
  deps: EventRouteDeps,
  authenticate: Authenticate,
  streams: EventStreams,
  reader: Reader,
  { after, limit, wait }: Asked,
): Promise<FeedPage> {
  const from = await startOf(c, deps, reader, after, { parameter: 'after' });
  const page = await reader.readPage(from, limit);
  if (wait === 0 || page.hasMore || page.events.length > 0) return page;
  const leave = streams.enter(callerOf(c), 'wait');
  const release = deps.feed.tail.hold(reader.filter);
  try {
    c.get('leaveReads')?.();
    const stop = AbortSignal.any([deps.stopping, honoContextOf(c).req.raw.signal]);
    const waiting = { waitMs: wait * 1_000, limit, stop, monotonicMs: deps.monotonicMs };
    const found = await waitForPage(inTurn(c, deps, streams, reader), page, waiting);
    if (await mayGoOnOf(c, deps, authenticate)()) return found;
    const detail = 'The caller lost the right to read events while the request waited.';
    throw new ProblemError({ code: 'UNAUTHENTICATED', detail });
  } finally {
    release();
    leave();
  }
}

async function openStream(
  c: AppContext,
  deps: EventRouteDeps,
  authenticate: Authenticate,
  streams: EventStreams,
  reader: Reader,
  { after }: Asked,
): Promise<Response> {
  const headers = { ...eventStreamHeaders(c.get('requestId')), ...c.get('rateHeaders') };
  const lastId = c.req.header('last-event-id') ?? '';
  const from = await (lastId === ''
    ? startOf(c, deps, reader, after, { parameter: 'after' })
    : startOf(c, deps, reader, lastId, { header: 'Last-Event-ID' }));
  // A client that asks only for the headers never reads, and so never leaves.
  if (c.req.method === 'HEAD') return new Response(null, { headers });
  const { tail } = deps.feed;
  const { filter, cursors } = reader;
  const leavePlace = streams.enter(callerOf(c), 'stream');
  const release = tail.hold(filter);
  const leave = () => {
    release();
    leavePlace();
  };
  c.get('leaveReads')?.();
  const waiting = inTurn(c, deps, streams, reader);
  try {
    // Read before the answer begins, so that a refusal is still a problem document.
    const isKnown = tail.read(filter, from, 1).kind === 'events';
    const page = isKnown ? undefined : await waiting.readPage(from, pieceEventsMax);
    if (page?.unreadable !== undefined) throw unreadableProblem(page.unreadable);
    const follower = createFollower(waiting, page?.endsAt ?? from);
    const mayGoOn = mayGoOnOf(c, deps, authenticate);
    const cut = () => incomingOf(c)?.socket.destroy() !== undefined;
    const first = { cursor: cursors.write(from), events: page?.events ?? [] };
    return new Response(streams.open({ follower, cursors, mayGoOn, cut }, first, leave), { headers });
  } catch (error) {
    leave();
    throw error;
  }
}

function callerOf(c: AppContext): ReaderCaller {
  return { actor: c.get('caller').actor, tenant: callerTenant(c) };
}

/** The reader as one of many that stay. It holds no place among the reads, so it reads pages in its turn. */
function inTurn(
  c: AppContext,
  { feed }: EventRouteDeps,
  streams: EventStreams,
  reader: Reader,
): FollowerDeps {
  const { actor } = callerOf(c);
  const { filter, filterKey, readPage } = reader;
  return {
    ...{ tail: feed.tail, filter, filterKey },
    readPage: (after, limit) => streams.inTurn(actor, () => readPage(after, limit)),
  };
}

/** Asks for the caller anew. A key may be revoked, and a tenant suspended, while a stream is open. */
function mayGoOnOf(c: AppContext, { suspensions }: EventRouteDeps, authenticate: Authenticate) {
  const tenant = callerTenant(c);
  const isAllowed = (caller: Awaited<ReturnType<Authenticate>>) =>
    caller?.scopes.has(listEvents.scope) === true && (caller.operator || !suspensions.isSuspended(tenant));
  return () => {
    const caller = authenticate(c);
    return caller instanceof Promise ? caller.then(isAllowed) : isAllowed(caller);
  };
}

/** New events have taken the positions below the cursor, so a reader that went on would miss them. */
function cursorAheadProblem(): ProblemError {
  const detail =
    'The log was restored to an earlier state, so events after this cursor may be missed. Compare, then begin at 0 or latest.';
  return new ProblemError({ code: 'CURSOR_AHEAD', detail });
}

/** No event is passed over, so the feed stands still until a release can read it. */
function unreadableProblem({ walletId }: NonNullable<FeedPage['unreadable']>): ProblemError {
  const id = bareId(walletId);
  return new ProblemError({
    code: 'EVENT_UNREADABLE',
    detail: `The next event is one of wallet "${id}" that this release can't read.`,
    walletId: id,
  });
}
