// Replays the events of a history through the model, command by command in order of position. Gives the state
// of every wallet at every position, and a finding for everything that the model would not have done.
import { specify } from '../../support/model.ts';
import { acceptedAnswer, type AnswerForm, madeId } from '../../support/model/answers.ts';
import type { Request } from '../../support/model/requests.ts';
import { heldOf, type ModelEvent, type ModelWallet, type ModelWallets } from '../../support/model/wallets.ts';
import type { AnswerRow, Call, EventRow, Finding, History } from './recorded.ts';

/** One command that took effect. */
interface Effect {
  readonly call: Call;
  /** Position of its first and of its last event. Nobody can read between the two. */
  readonly first: number;
  readonly last: number;
}

export interface Timeline {
  /** The effect of each executed call, by the call's id. */
  readonly effects: ReadonlyMap<string, Effect>;
  /** The wallet after the event at the position. Undefined before its first event. */
  readonly walletAt: (walletId: string, position: number) => ModelWallet | undefined;
  readonly walletAtVersion: (walletId: string, version: number) => ModelWallet | undefined;
  /** The wallets after all events. */
  readonly wallets: ModelWallets;
  /** The call that placed the hold. */
  readonly placerOf: (walletId: string, holdId: string) => Call | undefined;
  /** The call that made this version of the wallet. Undefined if the service made it by itself. */
  readonly executorAt: (walletId: string, version: number) => Call | undefined;
  /** The next higher position at which one of these wallets changed. */
  readonly nextChange: (walletIds: readonly string[], position: number) => number | undefined;
  readonly findings: readonly Finding[];
}

interface Change {
  readonly position: number;
  readonly wallet: ModelWallet;
  readonly call: Call | undefined;
}

/** A command that took effect: a client's call, or one of the sweep, which ends what is due. */
type Asked = Pick<Call, 'id' | 'key' | 'request'>;

export function replayEvents({ calls, events, answers, besideFormer }: History): Timeline {
  const callsById = new Map(calls.map((call) => [call.id, call]));
  const answersById = new Map(answers.map((answer) => [answer.commandId, answer]));
  const findings: Finding[] = [];
  const wallets = new Map<string, ModelWallet>();
  const changes = new Map<string, Change[]>();
  const effects = new Map<string, Effect>();
  const keysCarriedOut = new Set<string>();
  const forms: readonly AnswerForm[] = besideFormer === true ? ['now', 'beforeHolds'] : ['now'];

  for (const command of commandsOf(events)) {
    const [head] = command as [EventRow, ...EventRow[]];
    const tail = command.at(-1) as EventRow;
    const place = `command ${head.commandId} at position ${head.position}`;
    const row = answersById.get(head.commandId);
    const call = callsById.get(head.correlationId);
    const asked = call ?? (row?.command === 'EndDue' ? askedBySweep(head.walletId) : undefined);
    if (asked === undefined) {
      findings.push({
        kind: 'wrong event',
        detail: `${place}: nobody asked for ${head.type} of ${head.walletId}`,
      });
      continue;
    }
    const again = effects.has(asked.id) || (asked.key !== undefined && keysCarriedOut.has(asked.key));
    if (again) findings.push({ kind: 'duplicated', detail: `${place}: ${asked.id} was carried out before` });
    if (asked.key !== undefined) keysCarriedOut.add(asked.key);

    const verdict = specify(wallets, asked.request, head.occurredAt);
    if ('refusal' in verdict) {
      findings.push({
        kind: 'wrong event',
        detail: `${place}: ${asked.id} had to be refused, ${verdict.refusal.code}`,
      });
      continue;
    }
    findings.push(...differences(place, asked, command, verdict.events));
    for (const { wallet } of verdict.events) {
      wallets.set(wallet.id, wallet);
      const list = changes.get(wallet.id) ?? [];
      list.push({ position: tail.position, wallet, call });
      changes.set(wallet.id, list);
    }
    const expected = forms.map((form) => acceptedAnswer(asked.request, verdict, form));
    findings.push(...recordFindings(place, asked, expected, row));
    if (call !== undefined && !again)
      effects.set(call.id, { call, first: head.position, last: tail.position });
  }

  return {
    effects,
    findings,
    walletAt: (walletId, position) => {
      const list = changes.get(walletId) ?? [];
      return list[countUpTo(list, position) - 1]?.wallet;
    },
    walletAtVersion: (walletId, version) => changes.get(walletId)?.[version - 1]?.wallet,
    wallets,
    placerOf: (walletId, holdId) =>
      changes.get(walletId)?.find(({ wallet }) => wallet.holds.has(holdId))?.call,
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

function askedBySweep(walletId: string): Asked {
  const request: Request = { kind: 'endDue', walletId };
  return { id: 'the sweep', key: undefined, request };
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
  { id }: Asked,
  events: readonly EventRow[],
  modelEvents: readonly ModelEvent[],
): Finding[] {
  const stored = events.map(({ type, walletId, version, data, occurredAt }) =>
    [
      ...[type, walletId, version, data.balanceMinor, data.currency, occurredAt],
      ...[...stateIn(data), alertsIn(data).join('+')],
    ].join(' '),
  );
  const expected = modelEvents.map(({ type, wallet, alerts }) => {
    const { id, version, balanceMinor, currency, updatedAt, status } = wallet;
    return [
      ...[type, id, version, balanceMinor, currency, updatedAt],
      ...[heldOf(wallet), status, alerts.join('+')],
    ].join(' ');
  });
  if (stored.join() === expected.join()) return [];
  return [
    {
      kind: 'wrong event',
      detail: `${place}: ${id} left ${stored.join(', ')} instead of ${expected.join(', ')}`,
    },
  ];
}

/** The held amount and the status after an event. Both are left out while they have their ordinary values. */
function stateIn({ heldMinor = '0', status = 'active' }: EventRow['data']): readonly string[] {
  return [heldMinor, status];
}

/** The names of the rules that an event made true. A stored rule is a list that begins with its name. */
function alertsIn({ alerts }: EventRow['data']): readonly (string | undefined)[] {
  const rules = (alerts ?? []) as unknown as readonly (readonly string[])[];
  return rules.map(([name]) => name);
}

/** Checks the stored answer of a command that took effect. `expected` are its answers in each form. */
function recordFindings(
  place: string,
  call: Asked,
  expected: readonly { readonly status: number; readonly text: string }[],
  row: AnswerRow | undefined,
): Finding[] {
  if (row === undefined) return [{ kind: 'wrong event', detail: `${place}: ${call.id} left no record` }];
  const text = row.body.replace(/"captureId":"[^"]*"/, `"captureId":"${madeId}"`);
  const isExpected = expected.some((one) => one.status === row.status && one.text === text);
  if (row.key === (call.key ?? null) && isExpected) return [];
  const [first] = expected;
  const detail = `${place}: the record of ${call.id} says ${row.status} ${row.body} instead of ${first?.status} ${first?.text}`;
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
