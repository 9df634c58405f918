// Compares what readers and receivers got with the log. Pure.
//
// A connection of a reader must show the log without a gap, from the cursor that it began with. A receiver
// must have accepted everything, and one with order each event only after those of its wallet before it.
import type { FeedLogEvent } from '../../../harness/feed/readFeedLog.ts';
import type { Finding } from '../history/recorded.ts';
import type { Kept, ReaderLog } from './reader.ts';
import type { ReceiverLog } from './receiver.ts';

/** Ids that a finding names. */
const namedMax = 5;

export interface Judged {
  /** Events and alerts that it had to get. */
  readonly events: number;
  readonly missing: number;
  readonly early: number;
  readonly repeated: number;
  readonly findings: readonly Finding[];
}

/** `texts` holds a digest of each event as the feed shows it in the end. */
export function judgeReceiver(
  { name, accepted, digests, wrong }: ReceiverLog,
  logged: readonly FeedLogEvent[],
  ordered: boolean,
  texts: ReadonlyMap<string, string>,
): Judged {
  const missing = accepted.missing(logged);
  const early = ordered ? accepted.early(logged) : [];
  const known = new Set(logged.map(({ id }) => id));
  const strange = [...digests.keys()].filter((id) => !known.has(id));
  return {
    events: logged.length,
    ...{ missing: missing.length, early: early.length, repeated: accepted.repeated() },
    findings: [
      ...finding('lost', `${name} never accepted`, missing),
      ...finding('order', `${name} accepted before an earlier event of the wallet`, early),
      ...finding('wrong event', `${name} got what it did not ask for`, strange),
      ...finding('wrong event', `${name} got other bytes than GET /events shows`, unlike(digests, texts)),
      ...wrong.map((detail): Finding => ({ kind: 'wrong event', detail })),
    ],
  };
}

export function judgeReader(
  { name, segments, digests, wrong }: ReaderLog,
  logged: readonly FeedLogEvent[],
  texts: ReadonlyMap<string, string>,
): Judged {
  const places = new Map(logged.map(({ id }, place) => [id, place]));
  const seen = new Set<string>();
  const early: string[] = [];
  let shown = 0;
  for (const { after, ids } of segments) {
    const begin = placeAfter(after, logged, places);
    for (const [index, id] of ids.entries()) {
      shown += 1;
      if (places.get(id) !== begin + index) {
        early.push(`${id}, number ${index + 1} after ${after?.id ?? 'the beginning'}`);
        break;
      }
      seen.add(id);
    }
  }
  const missing = logged.filter(({ id }) => !seen.has(id)).map(({ id }) => id);
  return {
    events: logged.length,
    ...{ missing: missing.length, early: early.length, repeated: shown - seen.size },
    findings: [
      ...finding('lost', `${name} was never shown, or not in its place,`, missing),
      ...finding('order', `${name} was shown out of the order of the log`, early),
      ...finding('wrong event', `${name} got another content than GET /events shows`, unlike(digests, texts)),
      ...wrong.map((detail): Finding => ({ kind: 'wrong event', detail })),
    ],
  };
}

/**
 * The place of the event that has to come first after this cursor. A cursor before the end of a position
 * leads to the beginning of that position.
 */
function placeAfter(
  after: Kept | undefined,
  logged: readonly FeedLogEvent[],
  places: ReadonlyMap<string, number>,
): number {
  if (after?.id === undefined) return 0;
  let place = places.get(after.id) ?? NaN;
  const position = logged[place]?.position;
  if (logged[place + 1]?.position !== position) return place + 1;
  while (logged[place - 1]?.position === position && place > 0) place -= 1;
  return place;
}

function unlike(digests: ReadonlyMap<string, string>, texts: ReadonlyMap<string, string>): readonly string[] {
  return [...digests].filter(([id, digest]) => texts.has(id) && texts.get(id) !== digest).map(([id]) => id);
}

function finding(kind: Finding['kind'], words: string, ids: readonly string[]): readonly Finding[] {
  if (ids.length === 0) return [];
  const named = ids.slice(0, namedMax).join('; ');
  return [{ kind, detail: `${words} ${ids.length} events: ${named}${ids.length > namedMax ? ' …' : ''}` }];
}
