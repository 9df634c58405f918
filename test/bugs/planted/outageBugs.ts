// Bugs in what happens while a part is away or refuses, and after it came back.
import type { PlantedBug } from '../plantedBug.ts';

export const outageBugs: readonly PlantedBug[] = [
  {
    rule: 'R71',
    invariant: 'Schedules that Temporal lost are made again, however long Temporal refused before.',
    name: 'the first refusal of Temporal ends the look at the schedules',
    harm: 'After an outage of Temporal that lost its database, every event waits until a worker restarts.',
    file: 'worker/keepSchedules.ts',
    find: '      outage.failed(error);\n',
    replace: '      return outage.failed(error);\n',
    test: {
      file: 'test/unit/worker/keepSchedules.test.ts',
      name: 'a Temporal that refuses is asked again until it answers, and has one line',
    },
  },
  {
    rule: 'R72',
    invariant:
      'A part that answers and refuses is told, with one line when it begins and one when it is over.',
    name: 'the line of an outage is written when it is over only',
    harm: 'Redis is read-only for a day, and nobody who reads the log knows.',
    file: 'src/telemetry/outageLines.ts',
    find: '      if (failures > 1) return;\n',
    replace: '      if (failures > 0) return;\n',
    test: {
      file: 'test/unit/telemetry/outageLines.test.ts',
      name: 'an outage has one line at its begin and one at its end, which counts the failures',
    },
  },
];
