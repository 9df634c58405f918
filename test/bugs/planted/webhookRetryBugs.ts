// Bugs of what a failing endpoint costs the others, of clocks that are set, and of what is told about
// replays.
import type { PlantedBug } from '../plantedBug.ts';

const teller = 'test/integration/webhooks/retryTeller.test.ts';
const clocks = 'test/integration/webhooks/clocks.test.ts';
const runs = 'test/integration/webhooks/laneRuns.test.ts';
const routes = 'test/api/webhooks.test.ts';

export const webhookRetryBugs: readonly PlantedBug[] = [
  {
    rule: 'R390',
    invariant: 'A workflow of retries that can not be started is tried less and less often.',
    name: 'a workflow that was refused is due at once',
    harm: 'An endpoint whose workflow Temporal refuses takes the turns of the others, for ever.',
    file: 'src/webhooks/retryTeller.ts',
    find: 'filter(([, { untilMs }]) => untilMs > now)',
    replace: 'filter(([, { untilMs }]) => untilMs < 0)',
    test: {
      file: teller,
      name: 'a workflow that can not be started is tried again after 1 s, 2 s, 4 s and so on, up to a minute',
    },
  },
  {
    rule: 'R391',
    invariant: 'The parked events of a page are one signal to the workflow of their endpoint.',
    name: 'each parked event is told at once',
    harm: 'A receiver that refuses every other event fills the history of its workflow with signals.',
    file: 'src/webhooks/storeMoves.ts',
    find: 'teller.parked(move.id);',
    replace: 'if (left.parked.length < 0) teller.parked(move.id);',
    test: {
      file: teller,
      name: 'the parked events of a page are one signal to the workflow of their endpoint',
    },
  },
  {
    rule: 'R392',
    invariant: 'No clock that is set rules how long an endpoint stands still.',
    name: 'an endpoint that can not be read waits by the clock of the day',
    harm: 'The clock of a worker is set back by an hour, and an endpoint gets nothing for that hour.',
    file: 'src/webhooks/drainWebhooks.ts',
    find: 'if (time !== undefined && time > deps.monotonicMs()) return;',
    replace: 'if (time !== undefined && time > Date.now() - performance.timeOrigin) return;',
    test: {
      file: clocks,
      name: 'an endpoint that stood still goes on after five seconds, although the clock is set back by an hour',
    },
  },
  {
    rule: 'R393',
    invariant: 'The clock of the database alone rules how long an endpoint has failed.',
    name: 'the age of a failure follows the clock of the process',
    harm: 'The clock of a worker jumps ahead, and endpoints are disabled after their first failure.',
    file: 'src/webhooks/laneReader.ts',
    find: 'failingMs: row.failing_ms,',
    replace:
      'failingMs: row.failing_ms === null ? null : row.failing_ms + Date.now() - performance.timeOrigin - performance.now(),',
    test: {
      file: clocks,
      name: 'a clock that is set forward by days disables no endpoint, and moves no stored time',
    },
  },
  {
    rule: 'R394',
    invariant: 'A replay is shown as whole only once it has ended.',
    name: 'a replay counts as whole at the end of its part of the log',
    harm: 'An owner believes that everything was sent again, and the last page of it failed.',
    file: 'src/webhooks/replayProgress.ts',
    find: 'const openMax = 99;',
    replace: 'const openMax = 100;',
    test: {
      file: routes,
      name: 'a replay tells how far it is, why it waits, and how it ended, to its own tenant alone',
    },
  },
  {
    rule: 'R395',
    invariant: 'A receiver that owes an answer for a second gets no further request of the fast lane.',
    name: 'a silent receiver gets ten requests, whatever it owes',
    harm: 'Some silent receivers hold every turn of their tenant for 15 s, and all its other endpoints wait.',
    file: 'src/webhooks/pump.ts',
    find: 'deps.monotonicMs() - oldest >= silentAfterMs',
    replace: 'deps.monotonicMs() - oldest < 0',
    test: {
      file: runs,
      name: 'a receiver that owes an answer for a second gets no further request, and the others get theirs',
    },
  },
];
