// Every bug that `npm run test:bugs` plants, in the order of the flow: rules, command path, event store, projections.
import type { PlantedBug } from '../plantedBug.ts';
import { commandBugs } from './commandBugs.ts';
import { domainBugs } from './domainBugs.ts';
import { projectionBugs } from './projectionBugs.ts';
import { readModelBugs } from './readModelBugs.ts';

export const plantedBugs: readonly PlantedBug[] = [
  ...domainBugs,
  ...commandBugs,
  ...projectionBugs,
  ...readModelBugs,
];
