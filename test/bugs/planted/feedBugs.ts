// Bugs of the event feed: events that are missing, out of order or of somebody else, and readers without a
// bound.
import type { PlantedBug } from '../plantedBug.ts';

const pages = 'test/api/events.test.ts';
const streams = 'test/api/eventStreams.test.ts';
const tail = 'test/integration/feed/feedTail.test.ts';

export const feedBugs: readonly PlantedBug[] = [
  {
    rule: 'R210',
    invariant: 'A cursor of the feed never leads past an event that the filter wants.',
    name: 'a full page of the feed ends at the end of what it examined',
    harm: 'A program that books every credit misses all that did not fit the page, and nobody notices.',
    file: 'src/feed/readFeed.ts',
    find: 'return { events, endsAt: last?.position ?? upTo };',
    replace: 'return { events, endsAt: last === undefined ? upTo : upTo };',
    test: {
      file: pages,
      name: 'the feed has every event of the tenant from the first on, in the order of commits, whatever the size of a page',
    },
  },
  {
    rule: 'R211',
    invariant: 'A filter of the feed moves the cursor past what it leaves out.',
    name: 'an empty page of the feed keeps its cursor',
    harm: 'A program with a rare filter asks for the same part of the log for ever, and never hears of its event.',
    file: 'src/feed/readFeed.ts',
    find: 'return { events, endsAt: last?.position ?? upTo };',
    replace: 'return { events, endsAt: last?.position ?? events.at(-1)?.position ?? after };',
    test: {
      file: pages,
      name: 'a filter moves the cursor past what it leaves out, also on an empty page, and not beyond',
    },
  },
  {
    rule: 'R212',
    invariant: 'A reader whose page is older than the beginning of the loop is woken when the loop begins.',
    name: 'the loop of the feed begins without those who wait',
    harm: 'A stream that begins at a bad moment misses an event, and sends all later ones.',
    file: 'src/feed/followLog.ts',
    find: '      waiters.wakeElsewhere(head);\n',
    replace: '',
    test: {
      file: tail,
      name: 'a reader is woken by an event that came after its page and before the loop began',
    },
  },
  {
    rule: 'R218',
    invariant: 'A wait in the feed begins only if nothing came since the last page.',
    name: 'a wait in the feed begins without a look',
    harm: 'A stream whose page was read just before a commit misses the event, and sends all later ones.',
    file: 'src/feed/feedTail.ts',
    find: "if (found.kind === 'behind' || found.events.length > 0) {",
    replace: "if (found.kind === 'behind') {",
    test: {
      file: tail,
      name: 'a reader is woken by an event that came after its page, while the loop had it already',
    },
  },
  {
    rule: 'R213',
    invariant: 'The feed has the order of the commits, whatever the clocks say.',
    name: 'the feed is sorted by time',
    harm: 'A server whose clock runs late puts events before those that a program has seen. It never sees them.',
    file: 'src/eventStore/read/readFeedEvents.ts',
    find: '       order by position\n       limit $7::integer',
    replace: '       order by occurred_at\n       limit $7::integer',
    test: {
      file: pages,
      name: 'the feed keeps that order, although the times of the events run backwards',
    },
  },
  {
    rule: 'R214',
    invariant: 'A reader of the feed gets events of its own tenant alone.',
    name: 'the loop of the feed forgets the tenant',
    harm: 'A bank follows the payments of another bank as they happen.',
    file: 'src/feed/feedFilter.ts',
    find: '  if (tenantOf(event.walletId) !== filter.tenant) return false;\n',
    replace: '  if (tenantOf(event.walletId) === undefined) return false;\n',
    test: { file: streams, name: 'a stream of events shows a tenant nothing of another' },
  },
  {
    rule: 'R215',
    invariant:
      'A stream of events holds one piece for its reader at most, and a reader that takes nothing is cut off.',
    name: 'a stream is made ahead of its reader',
    harm: 'A few stuck programs fill the memory of the process, and everybody else is cut off with them.',
    file: 'src/api/events/eventStream.ts',
    find: '{ highWaterMark: 0 }',
    replace: '{ highWaterMark: 1_000_000 }',
    test: {
      file: streams,
      name: 'a reader that takes nothing is cut off, and the process holds one piece for it at most',
    },
  },
  {
    rule: 'R216',
    invariant: 'A page over several wallets ends where the first of their streams was cut off.',
    name: 'a merge of streams ends at the head',
    harm: 'An owner with one busy wallet and one quiet one hears of a few events of the busy one, and of no more.',
    file: 'src/feed/readFeed.ts',
    find: 'const examinedTo = found.examinedTo ?? log.upTo;',
    replace: 'const examinedTo = log.upTo;',
    test: {
      file: pages,
      name: 'a filter {"ownerId":"o-1"} leaves nothing out and lets nothing in, whatever the size of a page',
    },
  },
  {
    rule: 'R217',
    invariant: 'An event that this release cannot read holds the feed up.',
    name: 'the feed passes over what it cannot read',
    harm: 'During an upgrade a program misses every event of the new type, although it would understand it.',
    file: 'src/feed/readFeed.ts',
    find: "if ('error' in event) break;",
    replace: "if ('error' in event) continue;",
    test: {
      file: pages,
      name: 'an event that this release cannot read holds the feed up before it, so it is not passed over',
    },
  },
  {
    rule: 'R219',
    invariant: 'A stream of events ends soon after its key was revoked.',
    name: 'a stream outlives its key',
    harm: 'A key was stolen and revoked. The thief hears of every payment for an hour more.',
    file: 'src/api/events/eventStreams.ts',
    find: "stream.end('refused')",
    replace: 'void stream.body',
    test: { file: streams, name: 'a stream ends when its key is revoked, after which it is refused' },
  },
];
