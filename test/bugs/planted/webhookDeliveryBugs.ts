// Bugs of the delivery of webhooks: events that are lost, out of order, sent for ever, or of somebody else.
import type { PlantedBug } from '../plantedBug.ts';

const lane = 'test/integration/webhooks/fastLane.test.ts';
const deliveries = 'test/integration/webhooks/deliveries.test.ts';
const window = 'test/unit/webhooks/eventWindow.test.ts';
const routes = 'test/api/webhooks.test.ts';
const alerts = 'test/integration/webhooks/alerts.test.ts';
const workflow = 'test/workflows/webhookRetry.test.ts';

export const webhookDeliveryBugs: readonly PlantedBug[] = [
  {
    rule: 'R250',
    invariant: 'A cursor passes an event only after its delivery, or together with its row of parked events.',
    name: 'a cursor that could not be stored counts as stored',
    harm: 'An event that failed while PostgreSQL was away has no row, and its receiver never hears of it.',
    file: 'src/webhooks/storeMoves.ts',
    find: '    for (const [pump, taken] of open) pump.stored(taken, false);\n',
    replace: '',
    test: {
      file: deliveries,
      name: 'a failure of the store between a request and its cursor loses no event of a live process',
    },
  },
  {
    rule: 'R251',
    invariant:
      'Events that were passed over for a parked wallet are read again if the parking ended meanwhile.',
    name: 'a cursor passes events of a parked wallet without its fence',
    harm: 'An event that came in the moment in which its wallet recovered is never sent.',
    file: 'src/webhooks/pump.ts',
    find: 'const fence = window.skippedTo() > persisted ? state.fence : null;',
    replace: 'const fence = null;',
    test: {
      file: lane,
      name: 'the fast lane an event that comes while its wallet stops being parked is not lost',
    },
  },
  {
    rule: 'R252',
    invariant: 'Of an ordered endpoint, one event of a wallet is under way at most.',
    name: 'a wallet has several requests under way',
    harm: 'Two requests overtake each other, and a receiver books a debit before the credit that it came from.',
    file: 'src/webhooks/eventWindow.ts',
    find: '(ordered && busy.has(walletId))',
    replace: 'false',
    test: { file: window, name: 'of an ordered endpoint, one event of a wallet is under way at most' },
  },
  {
    rule: 'R253',
    invariant: 'An endpoint whose receiver keeps failing leaves the fast lane.',
    name: 'a failing endpoint stays in the fast lane',
    harm: 'A receiver that never answers keeps requests and rows busy for ever, at the cost of all others.',
    file: 'src/webhooks/pump.ts',
    find: 'outcomes.failuresInRow() >= failuresInRowMax',
    replace: 'outcomes.failuresInRow() >= failuresInRowMax * 1_000',
    test: {
      file: lane,
      name: 'a receiver that fails and answers 500 leaves the lane, holds up nobody, and has everything once it is well',
    },
  },
  {
    rule: 'R254',
    invariant: 'A caller changes webhook endpoints of its own tenant alone.',
    name: 'an endpoint is changed by its id alone',
    harm: 'A tenant that learns an id sends the events of another one to a URL of its own.',
    file: 'src/webhooks/endpoints.ts',
    find: '       where tenant = $1::text\n         and id = $2::text\n         for update`,',
    replace: '       where $1::text is not null\n         and id = $2::text\n         for update`,',
    test: {
      file: routes,
      name: 'a webhook endpoint is seen, changed and deleted by its own tenant alone',
    },
  },
  {
    rule: 'R255',
    invariant: 'An endpoint that is enabled again goes on where it stopped.',
    name: 'an endpoint that is enabled begins at the end of the log',
    harm: 'Everything that happened while an endpoint was disabled is lost for its receiver.',
    file: 'src/webhooks/endpointChanges.ts',
    find: "             lane = 'fast',\n",
    replace: "             lane = 'fast',\n             position = (select position from log_head),\n",
    test: {
      file: lane,
      name: 'a receiver that fails is disabled by 410, and has everything after it was enabled',
    },
  },
  {
    rule: 'R256',
    invariant: 'The webhook-id of an event is the same at every attempt.',
    name: 'each attempt has a webhook-id of its own',
    harm: 'A receiver that leaves out what it has seen books every repeated delivery once more.',
    file: 'src/webhooks/endpoint.ts',
    find: 'return `evt_${endpointId}_${digest.slice(0, 32)}`;',
    replace: 'return `evt_${endpointId}_${digest.slice(0, 16)}${performance.now()}`.replace(".", "");',
    test: {
      file: deliveries,
      name: 'after a worker died before it stored its cursors, every event comes again, in order',
    },
  },
  {
    rule: 'R257',
    invariant: 'A wallet is parked until every event of it up to the cursor was delivered.',
    name: 'a parked wallet is free after its first event',
    harm: 'The events between the one that failed and the cursor are never sent.',
    file: 'src/webhooks/settleInOrder.ts',
    find: 'const goesOn = next !== undefined && next.position <= cursor;',
    replace: 'const goesOn = next !== undefined && next.position < 0n;',
    test: {
      file: lane,
      name: 'the fast lane parks the wallet whose event fails, sends the others, and the retries send the rest in order',
    },
  },
  {
    rule: 'R258',
    invariant: 'What was parked is stored together with the wish for a workflow that retries it.',
    name: 'an event is parked, and no workflow is asked for',
    harm: 'A process that ends right after it parked an event leaves it unsent until an operator looks.',
    file: 'src/webhooks/lane.ts',
    find: 'retry_wanted = endpoints.retry_wanted + 1',
    replace: 'retry_wanted = endpoints.retry_wanted',
    test: {
      file: lane,
      name: 'the fast lane parks the wallet whose event fails, sends the others, and the retries send the rest in order',
    },
  },
  {
    rule: 'R259',
    invariant: 'What was parked during the last round of a retry workflow has a round of its own.',
    name: 'a retry workflow ends in spite of a signal',
    harm: 'An event that was parked while the workflow ended waits for a minute, or for ever if the drain is paused.',
    file: 'src/workflows/webhookRetry.ts',
    find: 'if (round.nextMs === null && !asked.nudge) {',
    replace: 'if (round.nextMs === null) {',
    test: {
      file: workflow,
      name: 'what was parked during the last round of a retry workflow has a round of its own',
    },
  },
  {
    rule: 'R267',
    invariant: 'A cursor passes a position only after the event there and each of its alerts are done.',
    name: 'an alert that is open does not hold the cursor',
    harm: 'A worker restarts between a debit and its alert, and nobody hears that the wallet runs dry.',
    file: 'src/webhooks/eventWindow.ts',
    find: 'firstOpen: () => entries[0]?.event.position,',
    replace: 'firstOpen: () => entries.find(({ event }) => event.alertNumber === 0)?.event.position,',
    test: { file: window, name: 'an event is open until each of its alerts is done, in order' },
  },
  {
    rule: 'R268',
    invariant: 'Each alert has a webhook-id of its own, and is retried under it.',
    name: 'an alert has the webhook-id of its event',
    harm: 'A receiver that leaves out what it has seen takes the alert for its event, and tells nobody.',
    file: 'src/webhooks/endpoint.ts',
    find: 'feedIdOf(walletId, version, alertNumber)',
    replace: 'feedIdOf(walletId, version, alertNumber * 0)',
    test: {
      file: alerts,
      name: 'a movement that crosses two rules is three deliveries, in order, each under its own webhook-id',
    },
  },
  {
    rule: 'R269',
    invariant: 'A parked wallet goes on with the alerts of the event that was delivered.',
    name: 'a parked wallet goes on after the position of its event',
    harm: 'The alerts of an event that was delivered at the second attempt are never sent.',
    file: 'src/webhooks/parkedWallet.ts',
    find: 'const first = due.position - 1n;',
    replace: 'const first = due.position;',
    test: {
      file: alerts,
      name: 'an event that fails holds up its alerts, and they follow it once it is delivered',
    },
  },
];
