// Seconds from a fault until doctor and the console told it, by condition, as measured on the local stack by
// `npm run test:unwell`. docs/conditions.md shows them. A condition without an entry was not measured. The
// machine had 2 cores and a load of 17, so most of doctor's time is the start of its process.

export const toldWithin: Readonly<Record<string, string>> = {
  'postgres-away': 'health 1 s, doctor 16 s',
  'postgres-refuses-writes': 'health 3 s, doctor 17 s',
  'postgres-unfit': 'health 4 s, doctor 20 s',
  'commits-fail': 'health 2 s, doctor 18 s',
  'redis-away': 'health 6 s, doctor 15 s',
  'redis-refuses-lock': 'health 3 s, doctor 10 s',
  'elasticsearch-away': 'health 5 s, doctor 21 s',
  'elasticsearch-refuses-writes': 'health 2 s, doctor 15 s',
  'temporal-away': 'health 4 s, doctor 15 s',
  'worker-away': 'health 28 s, doctor 35 s',
  'search-attribute-missing': 'health 1 s, doctor 11 s',
  'schedule-missing': 'health 1 s, doctor 9 s',
  'schedule-paused': 'health 4 s, doctor 12 s',
  'upkeep-paused': 'health 2 s, doctor 5 s',
  'events-parked': 'health 3 s, doctor 12 s',
};
