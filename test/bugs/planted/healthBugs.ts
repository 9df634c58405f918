// Bugs in what an operator is told: the health model, its readers, and the alerts.
import type { PlantedBug } from '../plantedBug.ts';

export const healthBugs: readonly PlantedBug[] = [
  {
    rule: 'R70',
    invariant: 'An alert begins while its fault lasts and ends with it. A burst brings none.',
    name: 'a rule looks back for as long as it waits',
    harm: 'Somebody is called five minutes after a burst that is over, and finds nothing.',
    file: 'observability/prometheus/alerts.yml',
    find: 'rate(wallet_commands_refused_total[1m])',
    replace: 'rate(wallet_commands_refused_total[5m])',
    test: {
      file: 'test/integration/telemetry/alertRules.test.ts',
      name: 'an alert is not brought by a burst of half a minute CommandsRefused',
    },
  },
];
