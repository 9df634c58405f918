// Every kind of fault that the bench knows.
import { apiStrikes } from './apiFaults.ts';
import { clockStrikes } from './clockFaults.ts';
import { deliveryStrikes } from './deliveryFaults.ts';
import { elasticsearchStrikes } from './elasticsearchFaults.ts';
import type { FaultKind } from './faultKind.ts';
import { networkStrikes } from './networkFaults.ts';
import { partStrikes } from './partFaults.ts';
import { redisStrikes } from './redisFaults.ts';
import { workerStrikes } from './workerFaults.ts';

export const faultKinds: readonly FaultKind[] = [
  ...apiStrikes,
  ...workerStrikes,
  ...partStrikes,
  ...redisStrikes,
  ...elasticsearchStrikes,
  ...networkStrikes,
  ...deliveryStrikes,
  ...clockStrikes,
];
