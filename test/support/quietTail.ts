// The tail of a log at whose end nothing happens, for tests of what readers do then.
import type { FeedTail } from '../../src/feed/feedTail.ts';

export function createQuietTail(standsStill: () => boolean): FeedTail {
  const nothing = () => undefined;
  return {
    read: (_, after) => ({ kind: 'events', events: [], endsAt: after, hasMore: false }),
    hold: () => nothing,
    wait: () => nothing,
    standsStill,
    close: () => Promise.resolve(),
  };
}
