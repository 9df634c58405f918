// Judges a history. Every answer is compared with the model's answer at the position where the event store
// put the command. A call without an answer is resolved by what can be read afterwards. Cost: n log n.
import { fingerprintOf } from '../../support/model.ts';
import { isUnknownRoute } from './client.ts';
import { executorsOf } from './executors.ts';
import { checkOrder, type Placed } from './order.ts';
import { outcomePlace } from './outcomePlace.ts';
import { countOutcomes, type Outcomes } from './outcomes.ts';
import { checkReads } from './reads.ts';
import { type AnswerRow, type Call, codeIn, type Finding, type History, isFinal } from './recorded.ts';
import { replayEvents } from './timeline.ts';

export interface Counts {
  calls: number;
  /** Answered with 2xx for the first time. */
  acknowledged: number;
  refused: number;
  replayed: number;
  keyReused: number;
  /** Answered with 503: nothing was done, or the outcome is still open. */
  unavailable: number;
  unanswered: number;
  /** Copies of other calls, made by the network. */
  copies: number;
  /** Calls without an answer, or with OUTCOME_UNKNOWN, that were carried out nevertheless. */
  unheardCarriedOut: number;
  reads: number;
}

export interface Verdict {
  readonly counts: Counts;
  /** How often each command was accepted, and refused with each code. */
  readonly outcomes: Outcomes;
  readonly findings: readonly Finding[];
  /** The commands with events. Their order must hold across histories too. */
  readonly committed: readonly Placed[];
  /** The calls without an answer, and whether they were carried out. */
  readonly unheard: readonly { readonly id: string; readonly carriedOut: boolean }[];
}

/** The stored answer of a key, and the call that was carried out under it. */
interface Keep {
  readonly row: AnswerRow;
  readonly executor: Call;
  readonly placed: Placed;
}

export function checkHistory(history: History): Verdict {
  const timeline = replayEvents(history);
  const findings: Finding[] = [...timeline.findings];
  const counts: Counts = {
    calls: history.calls.filter(({ isCopy }) => isCopy !== true).length,
    acknowledged: 0,
    refused: 0,
    replayed: 0,
    keyReused: 0,
    unavailable: 0,
    unanswered: 0,
    copies: 0,
    unheardCarriedOut: 0,
    reads: history.reads.length,
  };
  const { executors, findings: ofRecords } = executorsOf(history, timeline);
  findings.push(...ofRecords);
  const byKey = new Map<string, { row: AnswerRow; executor: Call }>();
  for (const [executor, row] of executors)
    if (executor.key !== undefined) byKey.set(executor.key, { row, executor });

  // The specification judges a refusal without a record too. A corrected request comes after the request that
  // it corrects, and a replay after the call that it repeats.
  const unrecorded = history.calls.filter((call) => isUnrecordedRefusal(call) && !executors.has(call));
  const placedBy = new Map<Call, Placed>();
  for (const call of unrecorded) {
    const keep = call.key === undefined ? undefined : byKey.get(call.key);
    const effect = keep === undefined ? undefined : timeline.effects.get(keep.executor.id);
    const isBound = effect !== undefined && !precedesItsKey(call);
    const ceiling = isBound ? { ceiling: effect.first - 1 } : {};
    placedBy.set(call, { ...outcomePlace(call, undefined, timeline, history), ...ceiling });
  }
  for (const [executor, row] of executors) {
    const effect = timeline.effects.get(executor.id);
    const { id: name, invokedAt, answeredAt } = executor;
    if (effect !== undefined) placedBy.set(executor, { name, invokedAt, answeredAt, fixed: effect.last });
    else {
      const after = unrecorded.filter(
        (call) => call.key !== undefined && call.key === executor.key && !precedesItsKey(call),
      );
      const places = after.flatMap((call) => placedBy.get(call) ?? []);
      placedBy.set(executor, { ...outcomePlace(executor, row, timeline, history), after: places });
    }
  }
  for (const call of history.calls) {
    const keep = call.key === undefined ? undefined : byKey.get(call.key);
    const kept = keep && { ...keep, placed: placedBy.get(keep.executor) as Placed };
    const placed = checkCall(call, executors.get(call), kept, history, counts, findings);
    if (placed !== undefined) placedBy.set(call, placed);
  }
  const reads = checkReads(history, timeline);
  findings.push(...reads.findings, ...checkOrder([...placedBy.values(), ...reads.placed]));
  const committed = [...placedBy.values()].filter(({ fixed }) => fixed !== undefined);
  const unheard = history.calls
    .filter(({ answer }) => answer === undefined)
    .map(({ id }) => ({ id, carriedOut: timeline.effects.has(id) }));
  const outcomes = countOutcomes(history, executors, unrecorded);
  return { counts, outcomes, findings, committed, unheard };
}

/** Refusals that leave no record: those that may be corrected under their key, and those without a key. */
function isUnrecordedRefusal(call: Call): boolean {
  const { answer, key } = call;
  if (answer === undefined || answer.status < 400 || answer.status >= 500 || isUnknownRoute(call))
    return false;
  return key === undefined || !isFinal(answer);
}

/** The service finds it out before it looks at the key. */
function precedesItsKey({ answer }: Call): boolean {
  return answer !== undefined && codeIn(answer) === 'MOVEMENT_NOT_FOUND';
}

/** Checks one call by itself. Gives its place in the log if it has one that is not known yet. */
function checkCall(
  call: Call,
  row: AnswerRow | undefined,
  kept: Keep | undefined,
  { finalReads, besideFormer = false }: History,
  counts: Counts,
  findings: Finding[],
): Placed | undefined {
  const { id, answer, key, invokedAt, answeredAt } = call;
  const red = (kind: Finding['kind'], detail: string) =>
    void findings.push({ kind, detail: `${id}: ${detail}` });
  if (answer === undefined) {
    counts[call.isCopy === true ? 'copies' : 'unanswered'] += 1;
    if (row !== undefined && row.status < 400) counts.unheardCarriedOut += 1;
    if (key !== undefined) checkFinalRead(finalReads.get(key), kept?.row, red);
    return undefined;
  }
  if (answer.status >= 500 || isUnknownRoute(call)) {
    counts.unavailable += 1;
    const code = codeIn(answer);
    if (isUnknownRoute(call) ? !besideFormer : answer.status !== 503)
      red('wrong answer', `answered ${answer.status} ${answer.text}`);
    if (row !== undefined && code !== 'OUTCOME_UNKNOWN')
      red('wrong answer', `${code ?? 'a 503'} says that nothing was done, but it was: ${row.body}`);
    else if (row !== undefined && row.status < 400) counts.unheardCarriedOut += 1;
    return undefined;
  }
  const fingerprint = fingerprintOf(call.request);
  const isSame = kept !== undefined && fingerprintOf(kept.executor.request) === fingerprint;
  if (codeIn(answer) === 'IDEMPOTENCY_KEY_REUSED') {
    counts.keyReused += 1;
    if (kept === undefined) red('wrong answer', `nothing is kept under its key ${key ?? ''}`);
    else if (isSame)
      red('wrong answer', `its key belongs to the same request, ${kept.executor.id}: ${fingerprint}`);
    return kept && { name: id, invokedAt, answeredAt, after: [kept.placed] };
  }
  if (isUnrecordedRefusal(call)) {
    if (row !== undefined) red('wrong answer', `a record was kept of ${answer.status}: ${row.body}`);
    counts.refused += 1;
    return undefined;
  }
  if (row !== undefined || isSame) {
    const { status, body } = row ?? (kept as Keep).row;
    if (answer.status !== status || answer.text !== body)
      red('wrong answer', `answered ${answer.status} ${answer.text}, kept is ${status} ${body}`);
  }
  if (row !== undefined) {
    counts[row.status < 400 ? 'acknowledged' : 'refused'] += 1;
    return undefined;
  }
  if (!isSame) {
    counts.acknowledged += answer.status < 400 ? 1 : 0;
    red(
      answer.status < 400 ? 'lost' : 'wrong answer',
      `answered ${answer.status}, but nothing is kept of it: ${answer.text}`,
    );
    return undefined;
  }
  counts.replayed += 1;
  if (!answer.replayed && kept.executor.answer?.replayed === false && kept.executor.answer.status < 500)
    red('duplicated', `both it and ${kept.executor.id} are said to be the first`);
  return { name: id, invokedAt, answeredAt, after: [kept.placed] };
}

/** Compares what the API now says of a key without an answer with the event store. */
function checkFinalRead(
  read: ReturnType<History['finalReads']['get']>,
  row: AnswerRow | undefined,
  red: (kind: Finding['kind'], detail: string) => void,
): void {
  if (read === undefined) red('unknown', 'it got no answer, and its key could not be asked for afterwards');
  else if (read.outcome === 'unknown') {
    if (row !== undefined)
      red('wrong answer', `the API knows nothing of its key, the event store has ${row.body}`);
  } else if (row?.status !== read.status || row.body !== read.text)
    red(
      'wrong answer',
      `the API says ${read.status} ${read.text}, the event store ${row?.body ?? 'nothing'}`,
    );
}
