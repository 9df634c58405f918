// Counts how often each command was accepted, and refused with each code. A reader of a run sees with it that
// each command took part. A repeated answer is not counted again.
import type { AnswerRow, Call, History } from './recorded.ts';
import { codeIn } from './recorded.ts';

/** Numbers by the kind of request, and by what became of it: `accepted`, `so already`, or a code. */
export type Outcomes = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const accepted = 'accepted';
const alreadySo = 'so already';
/** The line of holds and freezes that end at their time, by the sweep and by commands of clients. */
const ended = 'due ended';

export function countOutcomes(
  { events, answers }: Pick<History, 'events' | 'answers'>,
  executors: ReadonlyMap<Call, AnswerRow>,
  unrecorded: readonly Call[],
): Outcomes {
  const outcomes: Record<string, Record<string, number>> = {};
  const count = (kind: string, outcome: string) => {
    const own = (outcomes[kind] ??= {});
    own[outcome] = (own[outcome] ?? 0) + 1;
  };
  for (const [{ request }, { status, body, isNothing }] of executors) {
    const outcome = isNothing === true ? alreadySo : accepted;
    count(request.kind, status < 400 ? outcome : (codeIn({ text: body }) ?? String(status)));
  }
  for (const { request, answer } of unrecorded)
    if (answer !== undefined) count(request.kind, codeIn(answer) ?? String(answer.status));
  const ofSweep = new Set(
    answers.flatMap(({ command, commandId }) => (command === 'EndDue' ? commandId : [])),
  );
  for (const { type, data, commandId } of events)
    if ((type === 'HoldReleased' && data.reason === 'expired') || data.cause === 'expired')
      count(ended, `${type} by ${ofSweep.has(commandId) ? 'the sweep' : 'a command'}`);
  return outcomes;
}

export function sumOfOutcomes(all: readonly Outcomes[]): Outcomes {
  const sum: Record<string, Record<string, number>> = {};
  for (const [kind, counts] of all.flatMap((one) => Object.entries(one)))
    for (const [outcome, number] of Object.entries(counts)) {
      const own = (sum[kind] ??= {});
      own[outcome] = (own[outcome] ?? 0) + number;
    }
  return sum;
}
