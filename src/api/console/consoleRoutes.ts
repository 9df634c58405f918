// The operator's console: its page, its assets and the stream that keeps it live. The page acts through the
// same routes as every other client.
import type { Logger } from 'pino';
import type { App, AppContext } from '../context.ts';
import type { Health } from '../../health/health.ts';
import { rememberSuccess } from '../../telemetry/rememberSuccess.ts';
import type { Recoveries } from '../../temporal/recoveries.ts';
import { createConsoleFeed } from './consoleFeed.ts';
import type { ConsoleSettings } from './consoleSnapshot.ts';
import {
  buildConsole,
  type ConsoleAsset,
  consoleAssets,
  consoleHeaders,
  signInAssets,
} from './consolePage.ts';
import { type ConsoleStoresDeps, createStoresReader } from './consoleStores.ts';
import { streamSnapshots } from './consoleStream.ts';
import { createTemporalReader } from './consoleTemporal.ts';
import { isKnown } from '../http/entityTags.ts';
import { ProblemError } from '../http/problems.ts';
import { eventStreamHeaders, respond } from '../http/respond.ts';
import { incomingOf } from '../http/undeclared.ts';
import type { Authenticate } from '../http/authentication.ts';

export interface ConsoleDeps extends Omit<ConsoleStoresDeps, 'now'> {
  readonly recoveries: Recoveries;
  readonly health: Health;
  readonly temporal: ConsoleSettings;
  readonly authenticate: Authenticate;
  readonly log: Logger;
  /** Aborted when the process begins to stop: the streams end then. */
  readonly stopping: AbortSignal;
}

export function addConsoleRoutes(app: App, deps: ConsoleDeps): void {
  const { TEMPORAL_NAMESPACE, TEMPORAL_TASK_QUEUE, TEMPORAL_UI_URL, SCHEDULE_ID_PREFIX } = deps.temporal;
  // Picked by name, because the given object may hold passwords.
  const settings = { TEMPORAL_NAMESPACE, TEMPORAL_TASK_QUEUE, TEMPORAL_UI_URL, SCHEDULE_ID_PREFIX };
  const feed = createConsoleFeed({
    readStores: createStoresReader({ ...deps, now: Date.now }),
    readTemporal: createTemporalReader(deps.recoveries),
    readConditions: async () => {
      const { findings } = await deps.health.report();
      return findings.map((finding) => ({ ...finding, since: finding.since.toISOString() }));
    },
    log: deps.log,
    stopping: deps.stopping,
  });
  // Made at the first request: a page that cannot be made must not keep the API from starting.
  const assets = rememberSuccess(buildConsole);
  const assetNamed = async (name: string) => (await assets()).get(name);

  app.get('/console', async (c) => answerAsset(c, await assetNamed('page.html')));
  app.get('/console/stream', (c) => {
    const requestId = c.get('requestId');
    // A client that asks only for the headers never reads, and so never leaves.
    if (c.req.method === 'HEAD') return new Response(null, { headers: eventStreamHeaders(requestId) });
    return streamSnapshots(feed, settings, {
      requestId,
      address: incomingOf(c)?.socket.remoteAddress ?? '',
      isAllowed: async () => (await deps.authenticate(c))?.scopes.has('admin:read') === true,
    });
  });
  for (const name of [...consoleAssets, ...signInAssets])
    app.get(`/console/${name}`, async (c) => answerAsset(c, await assetNamed(name)));
}

function answerAsset(c: AppContext, asset: ConsoleAsset | undefined): Response {
  if (asset === undefined)
    throw new ProblemError({ code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${c.req.path}.` });
  const { mediaType, body, etag } = asset;
  const headers = { ...consoleHeaders, 'content-type': mediaType, etag };
  if (isKnown(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });
  return respond({ status: 200, headers, body }, c);
}
