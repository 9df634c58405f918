// Finds the call that each record belongs to. Events and refusals carry the id of their request. A command
// that asked for what was so already has neither, so its call is found by what it asked for and was told.
import type { Command } from '../../../src/domain/commands.ts';
import type { Request } from '../../support/model/requests.ts';
import { boundsOf } from './moments.ts';
import { type AnswerRow, type Call, codeIn, type Finding, type History } from './recorded.ts';
import type { Timeline } from './timeline.ts';

interface Executors {
  readonly executors: Map<Call, AnswerRow>;
  readonly findings: readonly Finding[];
}

export function executorsOf(history: History, timeline: Timeline): Executors {
  const callsById = new Map(history.calls.map((call) => [call.id, call]));
  const callIdOf = new Map(history.events.map(({ commandId, correlationId }) => [commandId, correlationId]));
  const executors = new Map<Call, AnswerRow>();
  const findings: Finding[] = [];
  // The records without a trace of their call come last, and take of the calls that are left.
  const rows = history.answers
    // The sweep asks the service by itself.
    .filter(({ command }) => command !== 'EndDue')
    .toSorted((one, other) => Number(one.isNothing ?? false) - Number(other.isNothing ?? false));
  for (const row of rows) {
    const id = callIdOf.get(row.commandId) ?? (row.status < 400 ? undefined : requestIdIn(row.body));
    const known = id === undefined ? undefined : callsById.get(id);
    const call =
      known ?? (row.isNothing === true ? askerOfNothing(row, history, timeline, executors) : undefined);
    if (call === undefined) {
      const what =
        row.status < 400 ? 'an acknowledgement without an event' : 'a refusal that nobody asked for';
      const kind = row.status < 400 ? 'lost' : 'wrong answer';
      findings.push({ kind, detail: `record ${row.commandId}: ${what}: ${row.body}` });
      continue;
    }
    if (executors.has(call)) findings.push({ kind: 'duplicated', detail: `${call.id} has two records` });
    executors.set(call, row);
    if (row.status >= 400 && timeline.effects.has(call.id))
      findings.push({ kind: 'wrong answer', detail: `${call.id} was recorded as refused and carried out` });
  }
  return { executors, findings };
}

function requestIdIn(body: string): string | undefined {
  return (JSON.parse(body) as { requestId?: string }).requestId;
}

/** The commands that may ask for what is so already. */
const mayAskForNothing: Readonly<Partial<Record<Request['kind'], Command['type']>>> = {
  freeze: 'FreezeWallet',
  unfreeze: 'UnfreezeWallet',
  close: 'CloseWallet',
  limits: 'ChangeLimits',
  velocity: 'ChangeVelocity',
  alerts: 'ChangeAlerts',
  details: 'ChangeDetails',
};

/** The call that was told so, or else one that was told nothing. It was under way at the record's time. */
function askerOfNothing(
  row: AnswerRow,
  { calls, epochMs }: History,
  timeline: Timeline,
  executors: ReadonlyMap<Call, AnswerRow>,
): Call | undefined {
  const { key, command, walletId, body, keptAtMs } = row;
  const asked = calls
    .filter((call) => {
      const isSame = call.key === (key ?? undefined) && call.request.walletId === walletId;
      if (!isSame || mayAskForNothing[call.request.kind] !== command) return false;
      if (executors.has(call) || timeline.effects.has(call.id)) return false;
      if (keptAtMs === undefined) return true;
      const { from, to } = boundsOf(call, epochMs);
      return from <= keptAtMs && keptAtMs <= to;
    })
    .toSorted((one, other) => one.invokedAt - other.invokedAt);
  const told = asked.filter(({ answer }) => answer?.text === body);
  return (
    told.find(({ answer }) => answer?.replayed === false) ??
    asked.find(({ answer }) => answer === undefined || codeIn(answer) === 'OUTCOME_UNKNOWN') ??
    // A command that one process handed over to another and called back is answered as a replay.
    told[0]
  );
}
