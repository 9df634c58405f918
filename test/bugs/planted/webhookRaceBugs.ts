// Bugs of webhooks beside each other: what a drain, a round of retries, an owner and a receiver do at once.
import type { PlantedBug } from '../plantedBug.ts';

const lane = 'test/integration/webhooks/fastLane.test.ts';
const deliveries = 'test/integration/webhooks/deliveries.test.ts';
const besideArchive = 'test/integration/archive/webhooksBeside.test.ts';
const window = 'test/unit/webhooks/eventWindow.test.ts';

export const webhookRaceBugs: readonly PlantedBug[] = [
  {
    rule: 'R285',
    invariant: 'An endpoint fails since its first failure after its last success, whoever made the attempts.',
    name: 'a cursor that only passes events tells of a failure',
    harm: 'An endpoint with little traffic seems to fail for days, and its next failure disables it.',
    file: 'src/webhooks/lane.ts',
    find: 'when not moves.attempted then endpoints.first_failure_at',
    replace: 'when not moves.attempted then clock_timestamp()',
    test: {
      file: lane,
      name: 'a receiver that fails fails no longer once a retry succeeded, whatever its drain knew (ordered: true)',
    },
  },
  {
    rule: 'R286',
    invariant: 'The fence of a cursor counts as long as it passes an event of a parked wallet.',
    name: 'the last event that was passed over is the one that was looked at last',
    harm: 'An event of a wallet that recovered in that moment is never sent.',
    file: 'src/webhooks/eventWindow.ts',
    find: 'if (position > skippedTo) skippedTo = position;',
    replace: 'skippedTo = position;',
    test: {
      file: window,
      name: 'the last event that was passed over stays it, whatever is passed over after it',
    },
  },
  {
    rule: 'R287',
    invariant: 'A cursor moves only under the filter that its events were read by.',
    name: 'a change of the filter has no revision',
    harm: 'An owner asks for debits, and those of the next moments are never sent.',
    file: 'src/webhooks/endpointChanges.ts',
    find: '(types, wallet_ids, labels) is distinct from',
    replace: '(types, wallet_ids, labels) is null and null is distinct from',
    test: { file: deliveries, name: 'a filter counts for each event that is committed after its change' },
  },
  {
    rule: 'R288',
    invariant: 'A receiver is left alone for as long as it asks by Retry-After.',
    name: 'a round of retries does not look at the pause',
    harm: 'A receiver that is overloaded gets the same requests again at once, and stays overloaded.',
    file: 'src/webhooks/retryRound.ts',
    find: 'else if (endpoint.pausedMs > 0) {',
    replace: 'else if (endpoint.pausedMs < 0) {',
    test: {
      file: lane,
      name: 'a receiver that fails is left alone for as long as it asks, whatever is due, unless an operator nudges',
    },
  },
  {
    rule: 'R289',
    invariant: 'A replay sends no event that was not delivered before.',
    name: 'a replay goes beyond the cursor',
    harm: 'A receiver books the end of a day before its beginning, because both came at once.',
    file: 'src/webhooks/replays.ts',
    find: 'replay.untilPosition < endpoint.position ? replay.untilPosition : endpoint.position',
    replace: 'replay.untilPosition',
    test: {
      file: deliveries,
      name: 'a replay sends only what was sent before: no event of a parked wallet, and none after the cursor',
    },
  },
  {
    rule: 'R291',
    invariant: 'The third failure in a row ends the fast lane of an endpoint, also over a restart.',
    name: 'a drain counts from its own start',
    harm: 'A receiver that is down counts as well, and its owner is not told.',
    file: 'src/webhooks/outcomes.ts',
    find: 'isTrial ? Infinity : stored.failuresInRow',
    replace: 'isTrial ? Infinity : 0',
    test: {
      file: 'test/integration/webhooks/fastLane.test.ts',
      name: 'a receiver that fails leaves the lane at the third failure, also if its drain was restarted after the second',
    },
  },
  {
    rule: 'R412',
    invariant:
      'Events that a replay, an enabled endpoint or a resume needs stay in the log from its check on.',
    name: 'a change does not hold the log',
    harm: 'The archive takes the events in that moment, and the endpoint stands still with an error.',
    file: 'src/eventStore/retainedLog.ts',
    find: 'select pg_advisory_xact_lock_shared(7261455)',
    replace: 'select 7261455',
    test: {
      file: besideArchive,
      name: 'a replay that has begun is waited for by the archive, which then leaves its events',
    },
  },
  {
    rule: 'R413',
    invariant: 'A resume of an event that failed and was archived is refused.',
    name: 'a resume does not look for archived events',
    harm: 'Each attempt says that this release can not read the event, and the wallet stands still.',
    file: 'src/webhooks/endpointChanges.ts',
    find: 'if (rowCount === 0) return;',
    replace: 'if (rowCount !== null) return;',
    test: {
      file: besideArchive,
      name: 'a resume of an event that failed waits for an archive that has begun, and is then refused',
    },
  },
];
