// Lists every kind of fault.
import { apiFaults } from './apiFaults.ts';
import { clockFaults } from './clockFaults.ts';
import { consumerFaults } from './consumerFaults.ts';
import { deliveryFaults } from './deliveryFaults.ts';
import { elasticsearchFaults } from './elasticsearchFaults.ts';
import type { FaultKind } from './faultKind.ts';
import { networkFaults } from './networkFaults.ts';
import { partFaults } from './partFaults.ts';
import { redisFaults } from './redisFaults.ts';
import { workerFaults } from './workerFaults.ts';

export const faultKinds: readonly FaultKind[] = [
  ...apiFaults,
  ...workerFaults,
  ...partFaults,
  ...redisFaults,
  ...elasticsearchFaults,
  ...networkFaults,
  ...deliveryFaults,
  ...clockFaults,
  ...consumerFaults,
];
