// The answers of a receiver under faults. A seed draws them, in moods. While the receiver is well nearly
// everything succeeds, and while it is down nothing does. So failures come alone and in a row.
import type { ServerResponse } from 'node:http';
import { between, pick, type Random } from '../../../harness/random.ts';

/**
 * `cut` breaks off in the body of a 200, `closed` before any answer. `timeout` is no answer at all. `busy`
 * is a 503 that asks for a pause.
 */
export const answerKinds = ['ok', 'failure', 'redirect', 'timeout', 'cut', 'closed', 'busy'] as const;
export type AnswerKind = (typeof answerKinds)[number];

type Mood = 'well' | 'sick' | 'down';

const badShares: Readonly<Record<Mood, number>> = { well: 0.03, sick: 0.5, down: 1 };
const lastsMs: Readonly<Record<Mood, readonly [number, number]>> = {
  well: [4_000, 15_000],
  sick: [1_000, 5_000],
  down: [500, 4_000],
};
const bad: readonly AnswerKind[] = [
  ...(['failure', 'failure', 'failure', 'redirect', 'redirect', 'cut', 'cut', 'closed', 'timeout'] as const),
  'busy',
];
/** A request without an answer takes one of the ten that an endpoint may have under way, for 15 s. */
const heldMax = 2;
const slowMaxMs = 40;
const retryAfterS = '1';

export interface Answers {
  /** Answers, and says how. `accept` is called before the receiver says that it has the event. */
  readonly give: (response: ServerResponse, accept: () => void) => AnswerKind;
  /** From now on every request succeeds. Those that were left without an answer end. */
  readonly beWell: () => void;
}

/** `now` is in monotonic milliseconds. */
export function createAnswers(random: Random, now: () => number): Answers {
  const held = new Set<ServerResponse>();
  let mood: Mood = 'well';
  let until = now() + between(random, ...lastsMs.well);
  let isWellForGood = false;

  function choose(): AnswerKind {
    if (isWellForGood) return 'ok';
    if (now() >= until) {
      mood = mood === 'well' ? pick(random, ['sick', 'down'] as const) : 'well';
      until = now() + between(random, ...lastsMs[mood]);
    }
    if (random() >= badShares[mood]) return 'ok';
    const kind = pick(random, bad);
    return kind === 'timeout' && held.size >= heldMax ? 'failure' : kind;
  }

  return {
    give: (response, accept) => {
      const kind = choose();
      if (kind === 'timeout') {
        held.add(response);
        response.on('close', () => held.delete(response));
      } else answer(kind, response, accept, isWellForGood ? 0 : random() * slowMaxMs);
      return kind;
    },
    beWell: () => {
      isWellForGood = true;
      for (const response of held) response.destroy();
    },
  };
}

function answer(
  kind: Exclude<AnswerKind, 'timeout'>,
  response: ServerResponse,
  accept: () => void,
  slowMs: number,
): void {
  switch (kind) {
    case 'ok':
      // The sender may be gone by then. The receiver has the event all the same.
      accept();
      setTimeout(() => response.writeHead(200).end('ok'), slowMs);
      return;
    case 'failure':
      response.writeHead(500).end('no');
      return;
    case 'redirect':
      response.writeHead(302, { location: '/elsewhere' }).end();
      return;
    case 'busy':
      response.writeHead(503, { 'retry-after': retryAfterS }).end();
      return;
    case 'cut':
      response.writeHead(200, { 'content-length': '100' });
      response.write('half of it', () => response.destroy());
      return;
    case 'closed':
      response.destroy();
      return;
    default:
      kind satisfies never;
  }
}
