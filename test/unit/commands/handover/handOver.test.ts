// The sender's side, with a committer that the test plays.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventually } from '../../../support/eventually.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { createHandOver, type HandOver } from '../../../../src/commands/handover/handOver.ts';
import type { HandedEnd, Message } from '../../../../src/commands/handover/messages.ts';
import type { Submission, SubmissionResult } from '../../../../src/commands/submission.ts';

const ended: SubmissionResult = { kind: 'keyReused' };
const endedHere: SubmissionResult = { kind: 'unavailable', reason: 'WALLET_BUSY' };
const holder = { token: 't1', name: 't1 1' };

let hand: HandOver;
/** What happened, in order. */
let happened: string[];
let sent: Extract<Message, { readonly kind: 'commands' }>[];
let receivers: () => Promise<number>;
let fence: bigint;
let raise: () => Promise<void>;
let nowMs: number;
let resultHere: SubmissionResult;
let runningHere: number;
let submitted: number;

beforeEach(() => {
  [happened, sent, fence, nowMs, resultHere, runningHere] = [[], [], 7n, 0, endedHere, 16];
  submitted = 0;
  receivers = () => Promise.resolve(1);
  raise = () => {
    fence += 1n;
    return Promise.resolve();
  };
  hand = createHandOver({
    runHere: ({ commandId }) => {
      happened.push(`here ${commandId}`);
      return Promise.resolve(resultHere);
    },
    runningHere: () => runningHere,
    send: (to, message) => {
      if (message.kind === 'commands') {
        sent.push(message);
        happened.push(`to ${to}: ${message.commands.map(({ commandId }) => commandId).join(' ')}`);
      }
      return receivers();
    },
    readFence: () => Promise.resolve(fence),
    raiseFence: () => {
      happened.push('fence');
      return raise();
    },
    askNow: () => happened.push('ask'),
    ...{ busyCount: 12, waitMaxMs: 1_000, recallTimeMaxMs: 0, stopRecallTimeMaxMs: 0 },
    monotonicMs: () => nowMs,
    ...{ onHanded: () => undefined, onRecalled: (count) => happened.push(`recalled ${count}`) },
  });
});

function submit(commandId: string): Promise<SubmissionResult> {
  submitted += 1;
  return hand.submit({
    ...{ commandId, idempotencyKey: undefined, correlationId: 'r' },
    command: {
      type: 'CreditWallet',
      walletId: 'w',
      amount: '1',
      description: '',
      expectedVersions: undefined,
    },
    requestHash: { meaning: 'm', spelling: 's' },
  } satisfies Submission);
}

/** Ends commands as the committer would: by the numbers of its messages. */
function end(commandId: string, how: HandedEnd): void {
  const command = sent.flatMap(({ commands }) => commands).find((found) => found.commandId === commandId);
  hand.takeEnds([[command?.number ?? -1, how]]);
}

async function withCommitter(): Promise<void> {
  hand.setHolder(holder);
  await nextTurn();
}

/** Resolves once everything that was submitted is on its way. */
async function handed(): Promise<void> {
  await eventually(() => sent.reduce((sum, { commands }) => sum + commands.length, 0) === submitted);
}

describe('a command', () => {
  it('runs here without a committer', async () => {
    expect(await submit('a')).toEqual(endedHere);
    expect(happened).toEqual(['here a']);
  });

  it('goes to the committer with the commands of its turn, and ends as the committer says', async () => {
    await withCommitter();
    const [a, b] = [submit('a'), submit('b')];
    await handed();
    expect(happened).toEqual(['to t1: a b']);
    expect(sent[0]?.fence).toBe(7n);
    expect(hand.openCount()).toBe(2);
    end('b', ended);
    end('a', { kind: 'failed', message: 'broken' });
    expect(await b).toEqual(ended);
    await expect(a).rejects.toThrow('broken');
    expect(hand.openCount()).toBe(0);
  });

  it('runs here without another fence if nobody got its message', async () => {
    await withCommitter();
    receivers = () => Promise.resolve(0);
    expect(await submit('a')).toEqual(endedHere);
    expect(happened).toEqual(['to t1: a', 'ask', 'here a']);
    expect(await submit('b')).toEqual(endedHere);
    expect(happened.at(-1)).toBe('here b');
  });

  it('is called back before it runs here if nobody knows whether its message arrived', async () => {
    await withCommitter();
    receivers = () => Promise.reject(new Error('Redis is away'));
    await submit('a');
    expect(happened).toEqual(['to t1: a', 'ask', 'recalled 1', 'fence', 'here a']);
  });

  it('that the committer gave back runs here, without another fence', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    end('a', { kind: 'recalled' });
    expect(await a).toEqual(endedHere);
    expect(happened).toEqual(['to t1: a', 'here a']);
  });
});

describe('a process that is not busy', () => {
  beforeEach(async () => {
    runningHere = 10;
    await withCommitter();
  });

  it('runs its commands itself', async () => {
    expect(await submit('a')).toEqual(endedHere);
    expect(happened).toEqual(['here a']);
  });

  it('hands over for half a second after it met a locked wallet, and after it was busy', async () => {
    hand.noteContention();
    void submit('a');
    await handed();
    expect(happened).toEqual(['to t1: a']);
    end('a', ended);
    nowMs = 500;
    await submit('b');
    expect(happened.at(-1)).toBe('here b');
    runningHere = 11;
    void submit('c');
    runningHere = 0;
    nowMs = 999;
    void submit('d');
    await eventually(() => happened.at(-1) === 'to t1: c d');
  });
});

describe('a lost committer', () => {
  it('loses what it was handed, in its order, and the commands after it stay behind', async () => {
    await withCommitter();
    const all = [submit('a'), submit('b')];
    await handed();
    hand.setHolder({ token: 't2', name: 't2 1' });
    all.push(submit('c'));
    await Promise.all(all);
    expect(happened).toEqual(['to t1: a b', 'recalled 2', 'fence', 'here a', 'here b', 'here c']);
  });

  it('is lost for what it got before, even if a later message met nobody', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    receivers = () => Promise.resolve(0);
    await submit('b');
    expect(happened).not.toContain('fence');
    hand.setHolder(undefined);
    await a;
    expect(happened.slice(-3)).toEqual(['recalled 1', 'fence', 'here a']);
  });

  it('is one whose connection is another one', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    hand.setHolder({ token: 't1', name: 't1 2' });
    await a;
    expect(happened).toContain('fence');
  });

  it('is one that answers nothing for too long', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    nowMs = 1_000;
    hand.setHolder(holder);
    expect(happened).not.toContain('fence');
    nowMs = 1_001;
    hand.setHolder(holder);
    await a;
    expect(happened).toContain('fence');
  });

  it('ends nothing afterwards', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    hand.setHolder(undefined);
    expect(await a).toEqual({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
    expect(() => {
      end('a', ended);
    }).not.toThrow();
  });

  it('leaves an unknown outcome if the command can not run here, because it may have been committed', async () => {
    for (const reason of ['QUEUE_FULL', 'SHUTTING_DOWN', 'DATABASE_UNAVAILABLE'] as const) {
      resultHere = { kind: 'unavailable', reason };
      await withCommitter();
      const a = submit('a');
      await handed();
      hand.setHolder(undefined);
      expect(await a).toEqual({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
    }
  });

  it('leaves no answer of a replay to a command without a key', async () => {
    resultHere = {
      kind: 'answered',
      outcome: { former: { status: 200, headers: {}, body: '{}' } },
      stored: true,
      replayed: true,
    };
    await withCommitter();
    const a = submit('a');
    await handed();
    hand.setHolder(undefined);
    expect(await a).toMatchObject({ kind: 'answered', replayed: false });
  });

  it('leaves an unknown outcome if the fence can not be moved, and runs nothing twice', async () => {
    await withCommitter();
    const a = submit('a');
    await handed();
    raise = () => {
      nowMs += 1;
      return Promise.reject(new Error('PostgreSQL is away'));
    };
    hand.setHolder(undefined);
    expect(await a).toEqual({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
    expect(happened).not.toContain('here a');
  });
});

it('after a recall the next commands carry the new fence', async () => {
  await withCommitter();
  const a = submit('a');
  await handed();
  hand.recall();
  await a;
  await nextTurn();
  const b = submit('b');
  await handed();
  expect(sent.map((message) => message.fence)).toEqual([7n, 8n]);
  end('b', ended);
  await b;
});

it('a process that stops waits for its open commands, then calls them back', async () => {
  await withCommitter();
  const [a, b] = [submit('a'), submit('b')];
  await handed();
  const closed = hand.close();
  end('a', ended);
  expect(await a).toEqual(ended);
  nowMs = 10_000;
  await Promise.all([closed, b]);
  expect(happened).toEqual(['to t1: a b', 'recalled 1', 'fence', 'here b']);
  expect(await submit('c')).toEqual(endedHere);
});

it('a process that stops waits no longer for the fence than its grace leaves', async () => {
  await withCommitter();
  const a = submit('a');
  await handed();
  raise = () => new Promise(() => undefined);
  const closed = hand.close();
  nowMs = 10_000;
  await closed;
  expect(await a).toEqual({ kind: 'unavailable', reason: 'OUTCOME_UNKNOWN' });
  expect(happened).toEqual(['to t1: a', 'recalled 1', 'fence']);
});
