// Wires the event feed of the API process. Commits of this process wake it directly, and those of others by
// Redis. The connection to Redis is open while somebody reads, so others pay nothing for it.
import type { ServedFeed } from '../src/api/events/eventStreams.ts';
import { readersMaxOf } from '../src/api/events/readerPlaces.ts';
import { createCommandIdCover } from '../src/api/wallets/commandIdCover.ts';
import type { Config } from '../src/config/config.ts';
import type { CommandIdSecret } from '../src/eventStore/commandIdCover.ts';
import { createFeedCursors } from '../src/feed/feedCursors.ts';
import { createFeedTail } from '../src/feed/feedTail.ts';
import { subscribeToWakeUps, type WakeUps } from '../src/projections/drain/wakeUp.ts';
import type { ApiMetrics } from '../src/telemetry/apiMetrics.ts';
import type { Log } from '../src/telemetry/log.ts';
import type { Stores } from './connectStores.ts';

interface FeedWiring {
  readonly config: Config;
  readonly log: Log;
  readonly stores: Pick<Stores, 'readPool'>;
  readonly watch: { readonly metrics: ApiMetrics };
  readonly commits: WakeUps;
}

/** With the cover of command ids, because the feed shows them as all other routes do. */
export function wireFeed({ config, log, stores, watch, commits }: FeedWiring, secret: () => CommandIdSecret) {
  const metrics = watch.metrics.feed;
  const commandIdCover = createCommandIdCover(secret);
  let isFailing = false;
  const tail = createFeedTail({
    // This pool reads the events of all tenants.
    ...{ pool: stores.readPool, show: commandIdCover.shown, commits, now: Date.now },
    monotonicMs: () => performance.now(),
    listen: () => {
      const onError = (error: Error) => {
        log.debug({ err: error }, 'no wake-ups for the event feed; it polls as well');
      };
      return subscribeToWakeUps(config, commits, onError, undefined, 'wallet-feed').close;
    },
    onFailure: (error) => {
      metrics.failed();
      if (isFailing) log.debug({ err: error }, 'the event feed still stands still');
      else log.warn({ err: error }, 'the event feed stands still: the end of the log could not be read');
      isFailing = true;
    },
    onWorked: () => {
      metrics.worked();
      if (isFailing) log.info('the event feed goes on');
      isFailing = false;
    },
    onPassed: (lagMs) => {
      metrics.passed(lagMs / 1_000);
    },
  });
  const feed: ServedFeed = {
    tail,
    cursors: createFeedCursors(secret().secret),
    watch: metrics,
    readersMax: readersMaxOf(config),
    readersPerTenantMax: config.EVENT_READERS_PER_TENANT_MAX,
    readersPerCallerMax: config.EVENT_READERS_PER_CALLER_MAX,
  };
  return { feed, commandIdCover };
}
