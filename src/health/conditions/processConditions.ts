// The ways in which the asked process itself can be unwell.
import type { Condition } from '../condition.ts';

/** Fewer may be the end of one process behind a load balancer. */
const refusalsMin = 3;

export const processConditions: readonly Condition[] = [
  {
    name: 'commands-refused',
    part: 'process',
    severity: 'critical',
    title: 'Operations are refused with 503',
    check: ({ process: { commandsRefused } }) =>
      commandsRefused === null || commandsRefused.count < refusalsMin
        ? []
        : [
            {
              problem: `This process refused ${commandsRefused.count} operations with 503 lately, the last one as ${commandsRefused.reason}.`,
              advice:
                'See the other findings. If there are none, more arrives than it carries: add API processes.',
            },
          ],
  },
];
