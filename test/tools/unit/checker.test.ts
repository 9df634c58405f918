// The checker must find every kind of damage. Each is done to a flawless history here.
import { expect, it } from 'vitest';
import { checkHistory } from '../../faults/history/checker.ts';
import type { Call, EventRow, FindingKind, History, Read } from '../../faults/history/recorded.ts';
import { specify } from '../../support/model.ts';
import { acceptedAnswer, readText, walletText } from '../../support/model/answers.ts';
import { withoutDue } from '../../support/model/due.ts';
import { replayEvents } from '../../faults/history/timeline.ts';
import { recordOf } from '../../unit/histories/recordOf.ts';

const create = (walletId: string, initialBalance = '100') =>
  ({ kind: 'create', walletId, ownerId: 'o', currency: 'USD', initialBalance }) as const;
const move = (kind: 'credit' | 'debit', walletId: string, amount: string, ifMatch?: readonly number[]) =>
  ({ kind, walletId, amount, description: '', ...(ifMatch && { ifMatch }) }) as const;
const transfer = (walletId: string, toWalletId: string, amount: string) =>
  ({ kind: 'transfer', walletId, toWalletId, amount, description: '' }) as const;

const flawless = recordOf([
  { request: create('a') },
  { request: create('b') },
  { request: move('credit', 'a', '7'), key: 'k1' },
  { request: move('credit', 'a', '7'), key: 'k1' },
  { request: move('credit', 'b', '7'), key: 'k1' },
  { request: transfer('a', 'b', '5'), key: 'k2' },
  { request: move('debit', 'a', '500'), key: 'k3' },
  { request: move('debit', 'a', '500'), key: 'k3' },
  { request: move('debit', 'a', '1', [9]), key: 'k4' },
  { request: move('debit', 'a', '1', [3]), key: 'k4' },
  { request: move('credit', 'b', '2') },
]);

/** Replaces or removes one call. */
function withCall(history: History, id: string, change: Partial<Call>): History {
  return { ...history, calls: history.calls.map((call) => (call.id === id ? { ...call, ...change } : call)) };
}
function withEvents(history: History, change: (event: EventRow) => EventRow | readonly EventRow[]): History {
  return { ...history, events: history.events.flatMap(change) };
}
function without(history: History, id: string): History {
  const commandIds = history.events
    .filter((event) => event.correlationId === id)
    .map(({ commandId }) => commandId);
  return {
    ...withEvents(history, (event) => (event.correlationId === id ? [] : event)),
    answers: history.answers.filter(({ commandId }) => !commandIds.includes(commandId)),
  };
}
function textAt(walletId: string, version: number): string {
  const wallet = replayEvents(flawless).walletAtVersion(walletId, version);
  if (wallet === undefined) throw new Error(`no version ${version} of ${walletId}`);
  return walletText(wallet);
}
function reading(...reads: readonly Partial<Read>[]): History {
  const standard = { client: 'reader', walletId: 'a', way: 'plain', source: 'read-model' } as const;
  return {
    ...flawless,
    reads: reads.map((read, index) => {
      const invokedAt = read.invokedAt ?? 200 + index * 10;
      return { ...standard, text: textAt('a', 4), invokedAt, answeredAt: invokedAt + 5, ...read };
    }),
  };
}
const noAnswer = { answer: undefined, answeredAt: Infinity };
const answerOf = (id: string) => {
  const { answer } = flawless.calls.find((call) => call.id === id) as Call;
  return answer as NonNullable<Call['answer']>;
};

it('finds nothing in a flawless history, and counts it', () => {
  expect(checkHistory(flawless)).toMatchObject({
    findings: [],
    counts: {
      ...{ calls: 11, acknowledged: 6, refused: 2, replayed: 2, keyReused: 1 },
      ...{ unavailable: 0, unanswered: 0, copies: 0, unheardCarriedOut: 0, reads: 0 },
    },
  });
});

it('finds nothing in reads that lag and go forward, in either source', () => {
  const { findings } = checkHistory(
    reading(
      { text: textAt('a', 2) },
      { text: textAt('a', 4), way: 'minVersion', minVersion: 3 },
      { text: textAt('a', 4), way: 'strong', source: 'event-store' },
      { walletId: 'z', text: undefined, source: 'event-store' },
    ),
  );
  expect(findings).toEqual([]);
});

it('takes a call without an answer either way, once it is resolved', () => {
  const body = answerOf('call-5').text;
  const carriedOut = withCall(flawless, 'call-5', noAnswer);
  const finalReads = new Map([['k2', { outcome: 'committed', status: 200, text: body } as const]]);
  expect(checkHistory({ ...carriedOut, finalReads })).toMatchObject({
    findings: [],
    counts: { unanswered: 1, unheardCarriedOut: 1 },
  });
  const never = withCall(
    without(recordOf([{ request: create('a'), key: 'k' }]), 'call-0'),
    'call-0',
    noAnswer,
  );
  expect(checkHistory({ ...never, finalReads: new Map([['k', { outcome: 'unknown' }]]) }).findings).toEqual(
    [],
  );
});

it('takes what a copy did for the work of a call of its own, and not for that of its original', () => {
  const busy = { status: 503, text: '{"code":"OVERLOADED"}', replayed: false };
  const refused = withCall(flawless, 'call-5', { answer: busy });
  expect(checkHistory(refused).findings).not.toEqual([]);
  const original = flawless.calls.find(({ id }) => id === 'call-5') as Call;
  const copy: Call = { ...original, ...noAnswer, id: 'call-5.copy', isCopy: true };
  const copied = withEvents(refused, (event) =>
    event.correlationId === original.id ? { ...event, correlationId: copy.id } : event,
  );
  const body = answerOf('call-5').text;
  const finalReads = new Map([['k2', { outcome: 'committed', status: 200, text: body } as const]]);
  expect(checkHistory({ ...copied, calls: [...copied.calls, copy], finalReads })).toMatchObject({
    findings: [],
    counts: { calls: 11, copies: 1, unanswered: 0, unavailable: 1, unheardCarriedOut: 1 },
  });
});

it('takes a refusal at any moment between its call and its answer', () => {
  const early = withCall(flawless, 'call-6', { invokedAt: 3, answeredAt: 65 });
  expect(checkHistory(early).findings).toEqual([]);
  const concurrent = recordOf([
    { request: create('a') },
    { request: move('debit', 'a', '500') },
    { request: move('credit', 'a', '900') },
  ]);
  expect(checkHistory(withCall(concurrent, 'call-1', { invokedAt: 12, answeredAt: 900 })).findings).toEqual(
    [],
  );
});

/** A hold that ends after a second, what is so already, and what follows the end of the hold. */
const withHold = recordOf([
  { request: create('a') },
  {
    request: {
      ...{ kind: 'place', walletId: 'a', holdId: 'h', amount: '60', description: '' },
      expiresInSeconds: 1,
    },
  },
  { request: capture('20', false), key: 'c1' },
  { request: move('debit', 'a', '50'), key: 'd1' },
  { request: { kind: 'unfreeze', walletId: 'a', reason: 'it is well' }, key: 'u1' },
  { request: { kind: 'unfreeze', walletId: 'a', reason: 'it is well' } },
  { request: capture('20', false), key: 'c2', beginsAt: 1_100 },
  { request: { kind: 'reverse', walletId: 'a', version: 9, description: '' }, key: 'r1', beginsAt: 1_110 },
  { request: move('debit', 'a', '80'), key: 'd2', beginsAt: 1_120 },
]);
function capture(amount: string, final: boolean) {
  return { kind: 'capture', walletId: 'a', holdId: 'h', amount, final, description: '' } as const;
}
/** The hold ends this long after the begin: it was placed at 12 ms. */
const endsAt = 1_012;

it('finds nothing in a flawless history of holds, and counts each command', () => {
  expect(checkHistory(withHold)).toMatchObject({
    findings: [],
    outcomes: {
      capture: { accepted: 1, HOLD_EXPIRED: 1 },
      unfreeze: { 'so already': 2 },
      debit: { INSUFFICIENT_FUNDS: 1, accepted: 1 },
      reverse: { MOVEMENT_NOT_FOUND: 1 },
      'due ended': { 'HoldReleased by a command': 1 },
    },
  });
});

it.each([
  ['before its end', endsAt - 50, endsAt - 10, ['order']],
  ['from before its end to after it', endsAt - 10, endsAt + 50, []],
])('judges the refusal of a hold that expired, at a time %s', (_, invokedAt, answeredAt, kinds) => {
  const { findings } = checkHistory(withCall(withHold, 'call-6', { invokedAt, answeredAt }));
  expect(findings.map(({ kind }) => kind)).toEqual(kinds);
});

it.each([
  ['held before the end of its hold', 'event-store', endsAt - 30, false, []],
  ['held after the end of its hold', 'event-store', endsAt + 30, false, ['order', 'stale read']],
  ['free before the end of its hold', 'event-store', endsAt - 30, true, ['order', 'stale read']],
  ['free after the end of its hold', 'event-store', endsAt + 30, true, []],
  ['held after the end of its hold', 'read-model', endsAt + 30, false, []],
  ['free before a document says so', 'read-model', endsAt + 30, true, ['stale read']],
] as const)('judges a read that shows money %s, from the %s', (_, source, invokedAt, isFree, kinds) => {
  const wallet = replayEvents(withHold).walletAtVersion('a', 3);
  if (wallet === undefined) throw new Error('the wallet has no version 3');
  const at = new Date(withHold.epochMs + endsAt).toISOString();
  const text = readText(isFree ? withoutDue(wallet, at) : wallet);
  const read = { client: 'reader', walletId: 'a', way: 'strong', source, text } as const;
  const reads: readonly Read[] = [{ ...read, invokedAt, answeredAt: invokedAt + 5 }];
  const { findings } = checkHistory({ ...withHold, reads });
  expect(findings.map(({ kind }) => kind).toSorted()).toEqual(kinds);
});

it('takes what the sweep ended for its work, and only if it was due', () => {
  const [released] = withHold.events.filter(({ type }) => type === 'HoldReleased');
  const swept = recordOf(
    withHold.calls.slice(0, 6).map(({ request, key }) => ({ request, ...(key !== undefined && { key }) })),
  );
  const of = (occurredAt: string): History => {
    const commandId = 'command-of-the-sweep';
    const event = { ...(released as EventRow), commandId, correlationId: 'expire-holds', occurredAt };
    const events = [...swept.events, { ...event, position: swept.events.length + 1 }];
    const verdict = specify(replayEvents(swept).wallets, { kind: 'endDue', walletId: 'a' }, occurredAt);
    if ('refusal' in verdict) throw new Error('the sweep is never refused');
    const { status, text: body } = acceptedAnswer({ kind: 'endDue', walletId: 'a' }, verdict);
    const row = { commandId, key: null, status, body, command: 'EndDue', walletId: 'a', isNothing: true };
    return { ...swept, events, answers: [...swept.answers, row] };
  };
  const time = (ms: number) => new Date(swept.epochMs + ms).toISOString();
  expect(checkHistory(of(time(endsAt + 700)))).toMatchObject({
    findings: [],
    outcomes: { 'due ended': { 'HoldReleased by the sweep': 1 } },
  });
  expect(checkHistory(of(time(endsAt - 1))).findings.map(({ kind }) => kind)).toContain('wrong event');
});

it('lets a release before holds know none of them, and only where one may answer', () => {
  const answers = ['UPGRADE_UNFINISHED', 'ROUTE_NOT_FOUND'].map((code) => ({
    answer: {
      status: code === 'ROUTE_NOT_FOUND' ? 404 : 503,
      text: JSON.stringify({ code }),
      replayed: false,
    },
  }));
  for (const answer of answers) {
    const asked = recordOf([{ request: create('a') }, { request: capture('1', true), key: 'c' }]);
    const told = withCall({ ...asked, answers: asked.answers.slice(0, 1) }, 'call-1', answer);
    expect(checkHistory({ ...told, besideFormer: true })).toMatchObject({
      findings: [],
      counts: { unavailable: 1, refused: 0 },
    });
    expect(checkHistory(told).findings.map(({ kind }) => kind)).toEqual(['wrong answer']);
  }
});

const damaged: readonly (readonly [string, FindingKind, () => History])[] = [
  ['an acknowledged command whose events are gone', 'lost', () => without(flawless, 'call-10')],
  [
    'an acknowledged command of which only the record is left',
    'lost',
    () => withEvents(flawless, (event) => (event.correlationId === 'call-10' ? [] : event)),
  ],
  [
    'a refusal without a key that is remembered all the same',
    'wrong answer',
    () => {
      const refused = recordOf([{ request: create('a') }, { request: move('debit', 'a', '500') }]);
      const { status = 0, text: body = '' } = refused.calls[1]?.answer ?? {};
      const kept = { commandId: 'command-call-1', key: null, status, body };
      return { ...refused, answers: [...refused.answers, kept] };
    },
  ],
  [
    'a command for what is so already, whose record is gone',
    'lost',
    () => ({ ...withHold, answers: withHold.answers.filter(({ isNothing }) => isNothing !== true) }),
  ],
  [
    'a record of what is so already that nobody asked for',
    'lost',
    () => withCall(withHold, 'call-5', { request: move('credit', 'a', '1') }),
  ],
  [
    'money that is held after the end of its hold',
    'order',
    () => withCall(withHold, 'call-3', { invokedAt: endsAt + 20, answeredAt: endsAt + 30 }),
  ],
  [
    'an event that tells another held part',
    'wrong event',
    () =>
      withEvents(withHold, (event) =>
        event.version === 3 ? { ...event, data: { ...event.data, heldMinor: '1' } } : event,
      ),
  ],
  [
    'a command that was carried out twice',
    'duplicated',
    () => {
      const again = flawless.events.find(({ correlationId }) => correlationId === 'call-10') as EventRow;
      const data = { ...again.data, balanceMinor: String(BigInt(again.data.balanceMinor ?? 0) + 200n) };
      const second = { ...again, position: 99, version: again.version + 1, commandId: 'another', data };
      return { ...flawless, events: [...flawless.events, second] };
    },
  ],
  [
    'a gap in the versions',
    'wrong event',
    () =>
      withEvents(flawless, (event) => (event.correlationId === 'call-10' ? { ...event, version: 4 } : event)),
  ],
  [
    'a balance that does not follow',
    'wrong event',
    () =>
      withEvents(flawless, (event) =>
        event.version === 2 ? { ...event, data: { ...event.data, balanceMinor: '1' } } : event,
      ),
  ],
  [
    'half a transfer',
    'wrong event',
    () => withEvents(flawless, (event) => (event.type === 'TransferReceived' ? [] : event)),
  ],
  [
    'an event that nobody asked for',
    'wrong event',
    () =>
      withEvents(flawless, (event) => (event.version === 2 ? { ...event, correlationId: 'nobody' } : event)),
  ],
  [
    'a debit that had to be refused',
    'wrong event',
    () => {
      const debit = { ...(flawless.calls[9] as Call).request, amount: '5000' } as Call['request'];
      return withCall(flawless, 'call-9', { request: debit });
    },
  ],
  [
    'the answer of another call',
    'wrong answer',
    () => withCall(flawless, 'call-9', { answer: answerOf('call-10') }),
  ],
  [
    'two answers swapped',
    'wrong answer',
    () =>
      withCall(withCall(flawless, 'call-0', { answer: answerOf('call-1') }), 'call-1', {
        answer: answerOf('call-0'),
      }),
  ],
  [
    'a replay with other bytes',
    'wrong answer',
    () => withCall(flawless, 'call-3', { answer: { ...answerOf('call-3'), text: answerOf('call-5').text } }),
  ],
  [
    'a reused key that was carried out',
    'wrong answer',
    () => withCall(flawless, 'call-3', { answer: answerOf('call-4') }),
  ],
  [
    'a refusal for the wrong reason',
    'order',
    () => {
      const text = answerOf('call-8').text.replace('"currentVersion":3', '"currentVersion":2');
      return withCall(flawless, 'call-8', { answer: { ...answerOf('call-8'), text } });
    },
  ],
  [
    'a refusal for a state that had passed before it was asked',
    'order',
    () => {
      const refused = recordOf([
        { request: create('a', '1') },
        { request: move('debit', 'a', '2') },
        { request: move('credit', 'a', '9') },
      ]);
      return withCall(refused, 'call-1', { invokedAt: 30, answeredAt: 35 });
    },
  ],
  [
    'a refusal for a state that came after it was answered',
    'order',
    () => {
      const refused = recordOf([
        { request: create('a') },
        { request: move('credit', 'a', '9') },
        { request: move('debit', 'a', '1', [7]) },
      ]);
      return withCall(refused, 'call-2', { invokedAt: 6, answeredAt: 8 });
    },
  ],
  [
    'two commands in the order opposite to their answers',
    'order',
    () => {
      const independent = recordOf([{ request: create('a') }, { request: create('b') }]);
      return withCall(independent, 'call-1', { invokedAt: -20, answeredAt: -10 });
    },
  ],
  [
    'a call without an answer that nobody could ask for',
    'unknown',
    () => withCall(flawless, 'call-5', noAnswer),
  ],
  [
    'a key that the API does not know although it was carried out',
    'wrong answer',
    () => ({
      ...withCall(flawless, 'call-5', noAnswer),
      finalReads: new Map([['k2', { outcome: 'unknown' }]]),
    }),
  ],
  [
    'a 503 that says nothing was done where something was',
    'wrong answer',
    () =>
      withCall(flawless, 'call-5', {
        answer: { status: 503, text: '{"code":"WALLET_BUSY"}', replayed: false },
      }),
  ],
  [
    'a 500',
    'wrong answer',
    () =>
      withCall(without(flawless, 'call-10'), 'call-10', {
        answer: { status: 500, text: '{"code":"INTERNAL_ERROR"}', replayed: false },
      }),
  ],
  [
    'a reader whose version goes back',
    'stale read',
    () => reading({ text: textAt('a', 4) }, { text: textAt('a', 3) }),
  ],
  [
    'a state that never was',
    'stale read',
    () => reading({ text: textAt('a', 3).replace('102.00', '102.01') }),
  ],
  [
    'a read below the version that was asked for',
    'stale read',
    () => reading({ text: textAt('a', 2), way: 'minVersion', minVersion: 3 }),
  ],
  ['a read from the future', 'stale read', () => reading({ text: textAt('a', 4), invokedAt: 12 })],
  [
    'a strong read of the past',
    'order',
    () => reading({ text: textAt('a', 3), way: 'strong', source: 'event-store' }),
  ],
  ['a wallet that is said to be absent', 'order', () => reading({ text: undefined, source: 'event-store' })],
];

it.each(damaged)('finds %s: %s', (_, kind, damage) => {
  const found = checkHistory(damage()).findings;
  expect(found.map((finding) => finding.kind)).toContain(kind);
});
