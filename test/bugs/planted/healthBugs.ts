// Bugs in what an operator is told: the health model, its readers, and the alerts.
import type { PlantedBug } from '../plantedBug.ts';

export const healthBugs: readonly PlantedBug[] = [
  {
    rule: 'R53',
    invariant: 'Every reader of the health model shows its findings, with its severity.',
    name: 'the console judges recoveries by a rule of its own',
    harm: 'A failed recovery calls somebody at night, and the console says that it can wait.',
    file: 'console/status.ts',
    find: '    severity,\n    what:',
    replace: "    severity: part === 'recoveries' ? 'warning' : severity,\n    what:",
    test: {
      file: 'test/unit/console/status.test.ts',
      name: 'recovery-failed is shown as the health model finds it',
    },
  },
  {
    rule: 'R77',
    invariant: 'A dismissal hides one occurrence of one condition, and no later one.',
    name: 'a dismissal hides the condition for good',
    harm: 'The next rebuild fails as well, and nobody is told, because the one before was dismissed.',
    file: 'src/health/judge.ts',
    find: 'one.condition !== name || one.occurrence !== occurrence',
    replace: 'one.condition !== name',
    test: {
      file: 'test/unit/health/judge.test.ts',
      name: 'a dismissal hides one occurrence of one condition, and no later one',
    },
  },
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
      name: 'an alert is not brought by a burst of a minute CommandsRefused',
    },
  },
];
