// Every kind of fault that the bench knows.
import { apiStrikes } from './apiStrikes.ts';
import { clockStrikes } from './clockStrikes.ts';
import { deliveryStrikes } from './deliveryStrikes.ts';
import { elasticsearchStrikes } from './elasticsearchStrikes.ts';
import type { FaultKind } from './faultKind.ts';
import { networkStrikes } from './networkStrikes.ts';
import { partStrikes } from './partStrikes.ts';
import { redisStrikes } from './redisStrikes.ts';
import { workerStrikes } from './workerStrikes.ts';

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
