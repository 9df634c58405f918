// Seconds from a fault until the health model and doctor told it, by condition, as measured by
// `npm run test:unwell`. docs/conditions.md shows them. Of several ways to one condition the slowest counts.
// A condition without an entry was not measured. docs/operations.md says how busy the machine was.

export const toldWithin: Readonly<Record<string, string>> = {
  'postgres-away': 'health 1 s, doctor 10 s',
  'postgres-refuses-writes': 'health 2 s, doctor 11 s',
  'postgres-unfit': 'health 2 s, doctor 6 s',
  'commits-fail': 'health 1 s, doctor 7 s',
  'redis-away': 'health 2 s, doctor 8 s',
  'redis-refuses-lock': 'health 2 s, doctor 54 s',
  'elasticsearch-away': 'health 2 s, doctor 13 s',
  'elasticsearch-refuses-writes': 'health 2 s, doctor 15 s',
  'temporal-away': 'health 4 s, doctor 5 s',
  'worker-away': 'health 26 s, doctor 27 s',
  'search-attribute-missing': 'health 2 s, doctor 2 s',
  'schedule-missing': 'health 2 s, doctor 2 s',
  'schedule-paused': 'health 1 s, doctor 2 s',
  'upkeep-paused': 'health 2 s, doctor 2 s',
  'events-parked': 'health 1 s, doctor 2 s',
  'run-paused': 'health 1 s, doctor 2 s',
  'recovery-fails': 'health 2 s, doctor 3 s',
  'worker-silent': 'health 6 s, doctor 7 s',
  'worker-foreign': 'health 1 s, doctor 2 s',
  'webhook-key-missing': 'health 15 s, doctor 31 s',
  'webhook-secrets-unreadable': 'health 8 s, doctor 17 s',
  'webhook-wallets-held-up': 'health 1 s, doctor 15 s',
  'webhook-endpoints-failing': 'health 1 s, doctor 18 s',
  'webhook-endpoints-disabled': 'health 2 s, doctor 16 s',
};
