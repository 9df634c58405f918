// Bugs of the fast lane of webhooks and of the loop that it waits with: which endpoints a drain reads again,
// what one endpoint costs the others, and which events a reader gets.
import type { PlantedBug } from '../plantedBug.ts';

const reader = 'test/integration/webhooks/laneReader.test.ts';
const tail = 'test/integration/feed/feedTail.test.ts';
const locks = 'test/integration/webhooks/endpointLocks.test.ts';
const runs = 'test/integration/webhooks/laneRuns.test.ts';

export const webhookLaneBugs: readonly PlantedBug[] = [
  {
    rule: 'R340',
    invariant: 'A drain reads an endpoint again after every update of its row that is not its own move.',
    name: 'a move of the cursor hides an update of another process',
    harm: 'A drain knows neither that a retry succeeded nor that a wallet is parked no longer, for a minute.',
    file: 'src/webhooks/laneReader.ts',
    find: 'if (known.get(id) === before) known.set(id, after);',
    replace: 'if (before !== after) known.set(id, after);',
    test: {
      file: reader,
      name: 'a move by this process is no reason to read a row again, and any other update of it is one',
    },
  },
  {
    rule: 'R341',
    invariant: 'A change of an endpoint that commits while a drain reads is known by its next pass.',
    name: 'the counter of changes is read after the endpoints',
    harm: 'An owner disables an endpoint, and it gets events for another minute.',
    file: 'src/webhooks/laneReader.ts',
    find: 'counter = seen;',
    replace: 'counter = await readWebhookChanges(pool);',
    test: {
      file: reader,
      name: 'a change that commits right after the statement read-fast-lane is known by the next read',
    },
  },
  {
    rule: 'R342',
    invariant: 'A secret that ended signs no request after the next change of any endpoint.',
    name: 'an endpoint with two secrets counts as known',
    harm: 'A secret that leaked signs requests although its owner ended it.',
    file: 'src/webhooks/laneReader.ts',
    find: 'if (row.boxes.length > 1) known.delete(row.id);',
    replace: 'if (row.boxes.length < 1) known.delete(row.id);',
    test: {
      file: reader,
      name: 'reads an endpoint with two secrets at each change, because one of them may have ended',
    },
  },
  {
    rule: 'R343',
    invariant: 'A hand-over between two runs does not wait for a receiver that has been silent for long.',
    name: 'a hand-over waits for each request',
    harm: 'A receiver that never answers delays the events of all others, each minute.',
    file: 'src/webhooks/drainWebhooks.ts',
    find: "why === 'stop' || (pump.underWaySince() ?? Infinity) > slowFrom",
    replace: "why === 'stop' || (pump.underWaySince() ?? Infinity) > 0",
    test: { file: runs, name: 'a hand-over does not wait for a receiver that has been silent for long' },
  },
  {
    rule: 'R344',
    invariant: 'An endpoint whose parked events the store refuses holds up no other.',
    name: 'a row that the store refuses ends the pass of all endpoints',
    harm: 'One broken endpoint keeps all others from storing how far they came, so they get events again and again.',
    file: 'src/webhooks/storeMoves.ts',
    find: 'if (!isRefusedRow(error)) throw error;',
    replace: 'throw error;',
    test: { file: runs, name: 'an endpoint whose parked events the store refuses holds up no other' },
  },
  {
    rule: 'R345',
    invariant: 'A reader that knows more than the loop gets each event once.',
    name: 'a pass moves back the readers that know more',
    harm: 'A stream shows an event twice each time its page was newer than the loop.',
    file: 'src/feed/waiters.ts',
    find: 'else if (waiter.at < position) waiter.at = position;',
    replace: 'else waiter.at = position;',
    test: { file: tail, name: 'a reader whose page is newer than the loop gets each event once' },
  },
  {
    rule: 'R346',
    invariant: 'A reader gets from pages what came before anybody asked for its wallet.',
    name: 'an event that was not mapped counts as unwanted',
    harm: 'A stream that begins beside others lacks the events between its page and its wait.',
    file: 'src/feed/feedFilter.ts',
    find: 'if (event.type === undefined) return undefined;',
    replace: 'if (event.type === undefined) return false;',
    test: { file: tail, name: 'a reader gets from pages what came before anybody asked for its wallet' },
  },
  {
    rule: 'R347',
    invariant: 'Statements about many endpoints lock their rows in the order of the ids.',
    name: 'cursors are locked as they come',
    harm: 'Two drains side by side wait for each other in a circle, and PostgreSQL ends the work of one.',
    file: 'src/webhooks/lane.ts',
    find: '         order by id\n           for no key update\n',
    replace: '         order by id desc\n           for no key update\n',
    test: { file: locks, name: 'moved cursors lock endpoints in the order of their ids' },
  },
  {
    rule: 'R348',
    invariant: 'A round of retries sends where its endpoint is now, and nothing once it is disabled.',
    name: 'a round believes what it has read for as long as it lasts',
    harm: 'An owner disables an endpoint or moves it, and its old receiver gets events for 20 s more.',
    file: 'src/webhooks/currentTarget.ts',
    find: 'if (monotonicMs() - readAt >= keptMs) {',
    replace: 'if (monotonicMs() - readAt < 0) {',
    test: {
      file: runs,
      name: 'a round of retries sends where its endpoint is now, and nothing once it is disabled',
    },
  },
  {
    rule: 'R349',
    invariant: 'Two tenants together make no more endpoints than there may be.',
    name: 'endpoints of two tenants are counted at once',
    harm: 'A drain leaves out the endpoints beyond its bound, and their owners are told nothing.',
    file: 'src/webhooks/endpoints.ts',
    find: '        from webhook_changes\n         for update`,',
    replace: '        from webhook_changes`,',
    test: { file: locks, name: 'two tenants together make no more endpoints than there may be' },
  },
];
