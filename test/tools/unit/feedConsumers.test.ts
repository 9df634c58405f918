// The judge of readers and receivers must find every kind of damage. Each is done to flawless records here.
import { expect, it } from 'vitest';
import { createFirstArrivals } from '../../../harness/feed/firstArrivals.ts';
import type { FeedLogEvent } from '../../../harness/feed/readFeedLog.ts';
import type { AnswerKind } from '../../faults/consumers/answers.ts';
import { type Judged, judgeReader, judgeReceiver } from '../../faults/consumers/judge.ts';
import type { Kept, ReaderLog, Segment } from '../../faults/consumers/reader.ts';
import type { ReceiverLog } from '../../faults/consumers/receiver.ts';

/** The second event of `a` has two alerts. */
const log: readonly FeedLogEvent[] = [
  logged('a', '1', 1n),
  logged('b', '1', 2n),
  logged('a', '2', 3n),
  logged('a', '2:01', 3n),
  logged('a', '2:02', 3n),
  logged('b', '2', 4n),
  logged('a', '3', 5n),
];
const ids = log.map(({ id }) => id);
const texts = new Map(ids.map((id) => [id, `digest of ${id}`]));

function logged(subject: string, version: string, position: bigint): FeedLogEvent {
  return { id: `${subject}@${version}`, subject, type: 'WalletCredited', position };
}

function received(arrived: readonly string[], changes: Partial<ReceiverLog> = {}): ReceiverLog {
  const accepted = createFirstArrivals();
  for (const id of arrived) accepted.take(id);
  const answers = { ok: arrived.length } as Record<AnswerKind, number>;
  return { name: 'receiver', answers, accepted, digests: texts, wrong: [], ...changes };
}

function read(segments: readonly Segment[], changes: Partial<ReaderLog> = {}): ReaderLog {
  const counts = { left: 0, failed: 0 };
  return { name: 'reader', types: undefined, segments, digests: texts, counts, wrong: [], ...changes };
}

const after = (id: string): Kept => ({ cursor: `after ${id}`, id });
const kindsIn = ({ findings }: Judged) => findings.map(({ kind }) => kind);
const judged = (arrived: readonly string[], ordered = true) =>
  judgeReceiver(received(arrived), log, ordered, texts);

it('finds nothing if a receiver accepted everything in the order of its wallets, some of it again', () => {
  const arrived = ['b@1', 'a@1', 'a@1', 'b@2', 'a@2', 'a@2:01', 'a@1', 'a@2:02', 'a@3'];
  expect(judged(arrived)).toEqual({ events: 7, missing: 0, early: 0, repeated: 2, findings: [] });
});

it.each(ids)('finds that a receiver never accepted %s', (id) => {
  expect(judged(ids.filter((other) => other !== id))).toMatchObject({ missing: 1 });
  expect(kindsIn(judged(ids.filter((other) => other !== id)))).toContain('lost');
});

it.each([
  ['an event', 'a@2', 'a@1'],
  ['an alert before its event', 'a@2:01', 'a@2'],
  ['an alert', 'a@2:02', 'a@2:01'],
  ['an event before an alert', 'a@3', 'a@2:02'],
])('finds %s that a receiver in order accepted early, and no receiver without order', (_, early, late) => {
  const arrived = ids.filter((id) => id !== late).flatMap((id) => (id === early ? [early, late] : [id]));
  expect(kindsIn(judged(arrived))).toEqual(['order']);
  expect(judged(arrived)).toMatchObject({ missing: 0, early: 1 });
  expect(kindsIn(judged(arrived, false))).toEqual([]);
});

it('finds an event that a receiver in order accepted instead of the one before it', () => {
  expect(kindsIn(judged(ids.filter((id) => id !== 'a@2:02')))).toEqual(['lost', 'order']);
});

it('finds other bytes, an event that nobody asked for, and what the receiver itself noted', () => {
  const other = new Map([...texts, ['a@3', 'other bytes']]);
  const strange = new Map([...texts, ['c@1', 'an event of nobody']]);
  const kindsWith = (changes: Partial<ReceiverLog>) =>
    kindsIn(judgeReceiver(received(ids, changes), log, true, texts));
  expect(kindsWith({ digests: other })).toEqual(['wrong event']);
  expect(kindsWith({ digests: strange })).toEqual(['wrong event']);
  expect(kindsWith({ wrong: ['the service followed a redirect'] })).toEqual(['wrong event']);
});

it('finds nothing in a reader that leaves and comes back, also with an older cursor', () => {
  const segments = [
    { after: undefined, ids: ids.slice(0, 3) },
    // The cursor of an event before its alerts leads to the event again.
    { after: after('a@2'), ids: ids.slice(2, 5) },
    { after: after('a@2:02'), ids: [] },
    { after: after('b@1'), ids: ids.slice(2, 6) },
    { after: after('b@2'), ids: ids.slice(6) },
  ];
  expect(judgeReader(read(segments), log, texts)).toEqual({
    ...{ events: 7, missing: 0, early: 0, repeated: 4 },
    findings: [],
  });
});

it('finds nothing in a reader of some types, whose cursors pass the others', () => {
  const some = log.filter(({ id }) => !id.includes(':'));
  const segments = [
    { after: undefined, ids: ['a@1', 'b@1', 'a@2'] },
    { after: after('a@2'), ids: ['b@2', 'a@3'] },
  ];
  expect(judgeReader(read(segments), some, texts)).toMatchObject({ events: 5, findings: [] });
});

it.each([
  ['a stream that comes back one event too late', after('b@1'), ['a@2:01', 'a@2:02', 'b@2', 'a@3']],
  ['a stream that comes back one position too late', after('a@1'), ['a@2', 'a@2:01', 'a@2:02', 'b@2', 'a@3']],
  ['a stream that leaves an event out', after('b@1'), ['a@2', 'a@2:01', 'b@2', 'a@3']],
  ['a stream that goes back', after('b@1'), ['a@2', 'a@2:01', 'b@1', 'a@2:02', 'b@2', 'a@3']],
  ['a stream that tells an event twice', after('b@1'), ['a@2', 'a@2', 'a@2:01', 'a@2:02', 'b@2', 'a@3']],
  ['a stream with an event of nobody', after('b@1'), ['a@2', 'c@1', 'a@2:01', 'a@2:02', 'b@2', 'a@3']],
])('finds %s', (_, kept, shown) => {
  const whole = { after: undefined, ids };
  expect(kindsIn(judgeReader(read([whole, { after: kept, ids: shown }]), log, texts))).toEqual(['order']);
});

it('finds events that no connection showed, and other contents', () => {
  const short = [{ after: undefined, ids: ids.slice(0, -1) }];
  expect(kindsIn(judgeReader(read(short), log, texts))).toEqual(['lost']);
  const whole = [{ after: undefined, ids }];
  const digests = new Map([...texts, ['a@1', 'another content']]);
  expect(kindsIn(judgeReader(read(whole, { digests }), log, texts))).toEqual(['wrong event']);
  expect(kindsIn(judgeReader(read(whole, { wrong: ['a refusal'] }), log, texts))).toEqual(['wrong event']);
});
