// Bugs of those who read the event feed: the typed client, waiting requests, and streams that share a
// process.
import type { PlantedBug } from '../plantedBug.ts';

export const feedReaderBugs: readonly PlantedBug[] = [
  {
    rule: 'R205',
    invariant: 'The typed client reads every event of the feed, whatever characters its texts have.',
    name: 'the client takes a line separator in a text for the end of a line',
    harm: 'One description stops every program that follows the feed, and again after each restart.',
    file: 'src/client/serverSentEvents.ts',
    find: "text.split('\\n');",
    replace: 'text.split(/[\\n\\u2028\\u2029]/);',
    test: {
      file: 'test/unit/client/serverSentEvents.test.ts',
      name: 'a frame is read whole wherever its pieces are cut',
    },
  },
  {
    rule: 'R206',
    invariant: 'A cursor beyond the end of the log is refused.',
    name: 'a cursor beyond the end of the log waits for the log to reach it',
    harm: 'After a restore to an older backup, programs wait in silence and pass over the first new events.',
    file: 'src/feed/readFeed.ts',
    find: 'if (after > head) throw new CursorAheadError(after, head);\n  if (after === head)',
    replace: 'if (after >= head)',
    test: {
      file: 'test/api/events.test.ts',
      name: 'a cursor beyond the end of the log is refused, because other events take those positions after a restore',
    },
  },
  {
    rule: 'R207',
    invariant: 'The loop of the feed notices that the log lost the last event that it knows.',
    name: 'the loop of the feed does not look at the event that it knows',
    harm: 'After a failover that lost commits, streams pass over the events that took the lost positions.',
    file: 'src/feed/followLog.ts',
    find: '(known !== undefined && !isSame(last, known))',
    replace: '(known !== undefined && isSame(last, known) === undefined)',
    test: {
      file: 'test/integration/feed/feedTail.test.ts',
      name: 'the loop notices that the last event it knows was replaced, and goes on after the new one',
    },
  },
  {
    rule: 'R208',
    invariant: 'Many requests that wait for one event are answered from the memory of the loop.',
    name: 'each waiting request reads a page of its own',
    harm: 'One payment wakes a thousand programs. Their reads take every place, and other reads are refused.',
    file: 'src/feed/follower.ts',
    find: "if (found.kind !== 'events') return",
    replace: "if (found.kind !== 'events' || found.events.length > 0) return",
    test: {
      file: 'test/api/eventWaits.test.ts',
      name: 'many requests that wait for one event are all answered from the memory, without a place among the reads',
    },
  },
  {
    rule: 'R209',
    invariant: 'A stream of events that begins during a stop is ended.',
    name: 'a stream that begins during a stop goes on',
    harm: 'Each deployment waits for a stream until the process is killed, and commands under way with it.',
    file: 'src/api/events/eventStreams.ts',
    find: "if (stopping.aborted) stream.end('stopping');",
    replace: "if (stopping.aborted && timer === undefined) stream.end('stopping');",
    test: {
      file: 'test/api/eventStreams.test.ts',
      name: 'a stream ends when the process stops while the stream begins',
    },
  },
  {
    rule: 'R270',
    invariant:
      'The typed client follows the feed until it is told to stop, however long the service is away.',
    name: 'the client gives the feed up after the tries of an ordinary call',
    harm: 'Each restart of the API ends every program that follows the feed. Somebody has to start them again.',
    file: 'src/client/eventFeed.ts',
    find: 'attemptsMax: Infinity,',
    replace: 'attemptsMax: wiring.limits.attemptsMax,',
    test: {
      file: 'test/unit/client/eventFeed.test.ts',
      name: 'goes on when the service comes back, however long it was away',
    },
  },
  {
    rule: 'R271',
    invariant: 'A caller of the feed reads one page at once, and callers take turns.',
    name: 'the pages of the feed are read in the order of their requests',
    harm: 'One program with a hundred rare filters scans the log without pause, and the streams of all others stand.',
    file: 'src/api/events/turns.ts',
    find: 'if (!busy.has(caller)) ready.add(caller);',
    replace: 'ready.add(caller);',
    test: {
      file: 'test/unit/api/turns.test.ts',
      name: 'a caller reads one page at once, and holds nobody up with many',
    },
  },
  {
    rule: 'R272',
    invariant: 'The streams and waiting requests of a tenant have a bound.',
    name: 'the streams of a tenant have no bound',
    harm: 'One tenant makes twenty keys, takes every place of the process, and all other tenants are refused.',
    file: 'src/api/events/readerPlaces.ts',
    find: 'if (byTenant.of(tenant) >= readersPerTenantMax)',
    replace: 'if (byTenant.of(tenant) >= readersMax)',
    test: {
      file: 'test/unit/api/readerPlaces.test.ts',
      name: 'a caller, a tenant and a process have a bound each, and a place that is left is free again',
    },
  },
  {
    rule: 'R273',
    invariant: 'A stream of events ends if the end of the log has not been read for 30 s.',
    name: 'streams go on while the loop of the feed stands still',
    harm: 'A fault of the loop looks like a quiet day. Programs hear of no payment, and nobody is told.',
    file: 'src/api/events/eventStreams.ts',
    find: "if (isStale) stream.end('stale');",
    replace: "if (isStale && stream.body.locked === undefined) stream.end('stale');",
    test: {
      file: 'test/api/eventStreams.test.ts',
      name: 'a stream ends when the loop at the end of the log stands still, and later ones are refused',
    },
  },
  {
    rule: 'R274',
    invariant: 'A page over the streams of a few wallets never goes through the log.',
    name: 'positions bound the search in a stream inside of its limit',
    harm: 'In a log with few wallets and many events, each page of a busy owner reads the whole log once a wallet.',
    file: 'src/eventStore/read/findFeedOfWallets.ts',
    find: 'and version > search.low',
    replace: 'and version > search.low and position > $2::bigint and position <= $3::bigint',
    test: {
      file: 'test/integration/feed/feedPlans.test.ts',
      name: 'a page over the streams of a few wallets goes through their versions, and never through the log',
    },
  },
];
