// Replays the events of a history through the model, command by command in order of position. Gives the state
// of every wallet at every position, and a finding for everything that the model would not have done.
import { specify } from '../../support/model.ts';
import { acceptedAnswer, madeId } from '../../support/model/answers.ts';
import type { ModelEvent, ModelWallet } from '../../support/model/wallets.ts';
import type { AnswerRow, Call, EventRow, Finding, History } from './recorded.ts';

/** One command that took effect. */
interface Effect {
  readonly call: Call;
  /** Position of its first and of its last event. Nobody can read between the two. */
  readonly first: number;
  readonly last: number;
  readonly status: number;
  readonly text: string;
}

export interface Timeline {
  /** The effect of each executed call, by the call's id. */
  readonly effects: ReadonlyMap<string, Effect>;
  /** The wallet after the event at the position. Undefined before its first event. */
  readonly walletAt: (walletId: string, position: number) => ModelWallet | undefined;
  readonly walletAtVersion: (walletId: string, version: number) => ModelWallet | undefined;
  /** The call that made this version of the wallet. */
  readonly executorAt: (walletId: string, version: number) => Call | undefined;
  /** The next higher position at which one of these wallets changed. */
  readonly nextChange: (walletIds: readonly string[], position: number) => number | undefined;
  readonly findings: readonly Finding[];
}

interface Change {
  readonly position: number;
  readonly wallet: ModelWallet;
  readonly call: Call;
}

export function replayEvents({ calls, events, answers }: History): Timeline {
  const callsById = new Map(calls.map((call) => [call.id, call]));
  const answersById = new Map(answers.map((answer) => [answer.commandId, answer]));
  const findings: Finding[] = [];
  const wallets = new Map<string, ModelWallet>();
  const changes = new Map<string, Change[]>();
  const effects = new Map<string, Effect>();
  const keysCarriedOut = new Set<string>();

  for (const command of commandsOf(events)) {
    const [head] = command as [EventRow, ...EventRow[]];
    const tail = command.at(-1) as EventRow;
    const place = `command ${head.commandId} at position ${head.position}`;
    const call = callsById.get(head.correlationId);
    if (call === undefined) {
      findings.push({
        kind: 'wrong event',
        detail: `${place}: nobody asked for ${head.type} of ${head.walletId}`,
      });
      continue;
    }
    const again = effects.has(call.id) || (call.key !== undefined && keysCarriedOut.has(call.key));
    if (again) findings.push({ kind: 'duplicated', detail: `${place}: ${call.id} was carried out before` });
    if (call.key !== undefined) keysCarriedOut.add(call.key);

    const verdict = specify(wallets, call.request, head.occurredAt);
    if ('refusal' in verdict) {
      findings.push({
        kind: 'wrong event',
        detail: `${place}: ${call.id} had to be refused, ${verdict.refusal.code}`,
      });
      continue;
    }
    findings.push(...differences(place, call, command, verdict.events));
    for (const { wallet } of verdict.events) {
      wallets.set(wallet.id, wallet);
      const list = changes.get(wallet.id) ?? [];
      list.push({ position: tail.position, wallet, call });
      changes.set(wallet.id, list);
    }
    const { status, text } = acceptedAnswer(call.request, verdict);
    findings.push(...recordFindings(place, call, { status, text }, answersById.get(head.commandId)));
    if (!again) effects.set(call.id, { call, first: head.position, last: tail.position, status, text });
  }

  return {
    effects,
    findings,
    walletAt: (walletId, position) => {
      const list = changes.get(walletId) ?? [];
      return list[countUpTo(list, position) - 1]?.wallet;
    },
    walletAtVersion: (walletId, version) => changes.get(walletId)?.[version - 1]?.wallet,
    executorAt: (walletId, version) => changes.get(walletId)?.[version - 1]?.call,
    nextChange: (walletIds, position) => {
      const next = walletIds.flatMap((walletId) => {
        const list = changes.get(walletId) ?? [];
        return list[countUpTo(list, position)]?.position ?? [];
      });
      return next.length === 0 ? undefined : Math.min(...next);
    },
  };
}

/** Neighbours with one command id: a command's events are next to each other. */
function commandsOf(events: readonly EventRow[]): readonly (readonly EventRow[])[] {
  const commands: EventRow[][] = [];
  for (const event of events.toSorted((one, other) => one.position - other.position)) {
    const current = commands.at(-1);
    const isNext =
      current?.[0]?.commandId === event.commandId && current.at(-1)?.position === event.position - 1;
    if (isNext) current.push(event);
    else commands.push([event]);
  }
  return commands;
}

function differences(
  place: string,
  { id }: Call,
  events: readonly EventRow[],
  modelEvents: readonly ModelEvent[],
): Finding[] {
  const stored = events.map(({ type, walletId, version, data, occurredAt }) =>
    [type, walletId, version, data.balanceMinor, data.currency, occurredAt].join(' '),
  );
  const expected = modelEvents.map(({ type, wallet }) =>
    [type, wallet.id, wallet.version, String(wallet.balanceMinor), wallet.currency, wallet.updatedAt].join(
      ' ',
    ),
  );
  if (stored.join() === expected.join()) return [];
  return [
    {
      kind: 'wrong event',
      detail: `${place}: ${id} left ${stored.join(', ')} instead of ${expected.join(', ')}`,
    },
  ];
}

/** Checks the stored answer of a command that took effect. */
function recordFindings(
  place: string,
  call: Call,
  expected: { readonly status: number; readonly text: string },
  row: AnswerRow | undefined,
): Finding[] {
  if (row === undefined) return [{ kind: 'wrong event', detail: `${place}: ${call.id} left no record` }];
  const text = row.body.replace(/"captureId":"[^"]*"/, `"captureId":"${madeId}"`);
  if (row.key === (call.key ?? null) && row.status === expected.status && text === expected.text) return [];
  const detail = `${place}: the record of ${call.id} says ${row.status} ${row.body} instead of ${expected.status} ${expected.text}`;
  return [{ kind: 'wrong answer', detail }];
}

/** The number of changes up to the position. */
function countUpTo(list: readonly Change[], position: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as Change).position <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
