// The webhooks of a worker whose test needs none.
import type { SelfDrained } from '../../src/projections/drain/drain.ts';

/** Its drain ends at once. */
export const noWebhooks: SelfDrained = {
  name: 'webhooks',
  writes: 'by-itself',
  drain: () => Promise.resolve({ processed: 0, parked: 0, resolved: 0, position: null, reason: 'budget' }),
};
