import { describe, expect, it, vi } from 'vitest';
import { createCommandQueue, type CommandQueueOptions } from '../../../src/commands/commandQueue.ts';
import type { BatchResult } from '../../../src/commands/executeBatch.ts';
import type { Submission } from '../../../src/commands/submission.ts';
import { eventually } from '../../support/eventually.ts';

const answered: BatchResult = {
  kind: 'answered',
  outcome: { version: 1, command: 'CreditWallet', accepted: [] },
  stored: true,
  replayed: false,
};

let ids = 0;
function submission(walletId: string, more: Partial<Submission> & { to?: string } = {}): Submission {
  ids += 1;
  const { to, ...rest } = more;
  const movement = { walletId, amount: '1', description: '', expectedVersions: undefined };
  return {
    command:
      to === undefined
        ? { type: 'CreditWallet', ...movement }
        : { type: 'TransferFunds', ...movement, toWalletId: to, transferId: `t-${ids}` },
    commandId: `c-${ids}`,
    idempotencyKey: undefined,
    requestHash: { meaning: 'h', spelling: 'h' },
    correlationId: 'r',
    ...rest,
  };
}

/** A queue whose batches end only when the test says so. */
function setUp(more: Partial<CommandQueueOptions> = {}) {
  const batches: { submissions: readonly Submission[]; end: (results?: readonly BatchResult[]) => void }[] =
    [];
  const queue = createCommandQueue({
    runBatch: (batch) =>
      new Promise((resolve) => {
        const submissions = batch.map(({ submission }) => submission);
        batches.push({
          submissions,
          end: (results = submissions.map(() => answered)) => {
            resolve(results);
          },
        });
      }),
    lanes: 2,
    batchSizeMax: 3,
    besideCountMin: 1,
    besideWaitMaxMs: 60_000,
    queueLengthMax: 10,
    queueTimeMaxMs: 60_000,
    lockWaitMaxMs: 60_000,
    now: () => performance.now(),
    random: () => 0,
    ...more,
  });
  const batch = async (index: number) => eventually(() => batches[index]);
  return { queue, batches, batch };
}

function commandIds(submissions: readonly Submission[]): string[] {
  return submissions.map(({ commandId }) => commandId);
}

/** Waits until everything that is due in this turn of the event loop has happened. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('the command queue', () => {
  it('puts what arrives together into one batch, up to its maximum, and the rest into the next lane', async () => {
    const { queue, batch } = setUp();
    const sent = ['a', 'b', 'c', 'd'].map((id) => submission(id));
    const results = sent.map(queue.submit);
    expect(commandIds((await batch(0)).submissions)).toEqual(commandIds(sent.slice(0, 3)));
    expect(commandIds((await batch(1)).submissions)).toEqual(commandIds(sent.slice(3)));
    (await batch(0)).end();
    (await batch(1)).end();
    await expect(Promise.all(results)).resolves.toHaveLength(4);
  });

  it('starts a batch beside a running one if it is large', async () => {
    const { queue, batches, batch } = setUp({ besideCountMin: 2 });
    void queue.submit(submission('a'));
    await batch(0);
    const later = [submission('b'), submission('c')] as const;
    void queue.submit(later[0]);
    await settle();
    expect(batches).toHaveLength(1);
    void queue.submit(later[1]);
    expect(commandIds((await batch(1)).submissions)).toEqual(commandIds(later));
  });

  it('starts a small batch beside a running one once a command has waited for long', async () => {
    let time = 0;
    const { queue, batches, batch } = setUp({ besideCountMin: 3, besideWaitMaxMs: 5, now: () => time });
    void queue.submit(submission('a'));
    await batch(0);
    void queue.submit(submission('b'));
    time = 4;
    void queue.submit(submission('c'));
    await settle();
    expect(batches).toHaveLength(1);
    time = 5;
    expect((await batch(1)).submissions).toHaveLength(2);
  });

  it('starts a small batch as soon as the batch beside it has ended', async () => {
    const { queue, batch } = setUp({ besideCountMin: 3 });
    void queue.submit(submission('a'));
    await batch(0);
    const later = submission('b');
    void queue.submit(later);
    (await batch(0)).end();
    expect(commandIds((await batch(1)).submissions)).toEqual([later.commandId]);
  });

  it('never has a wallet in two batches at once, and keeps the order of arrival on it', async () => {
    const { queue, batches, batch } = setUp();
    const first = submission('a');
    void queue.submit(first);
    await batch(0);
    const later = [submission('a'), submission('b'), submission('a')];
    for (const each of later) void queue.submit(each);
    expect(commandIds((await batch(1)).submissions)).toEqual([later[1]?.commandId]);
    await settle();
    expect(batches).toHaveLength(2);
    (await batch(0)).end();
    expect(commandIds((await batch(2)).submissions)).toEqual([later[0]?.commandId, later[2]?.commandId]);
  });

  it('lets nothing overtake a transfer on either of its wallets', async () => {
    const { queue, batches, batch } = setUp();
    void queue.submit(submission('a'));
    await batch(0);
    const transfer = submission('a', { to: 'b' });
    const later = submission('b');
    void queue.submit(transfer);
    void queue.submit(later);
    await settle();
    expect(batches).toHaveLength(1);
    (await batch(0)).end();
    expect(commandIds((await batch(1)).submissions)).toEqual([transfer.commandId, later.commandId]);
  });

  it('runs the same command once and gives both senders its answer', async () => {
    const { queue, batches, batch } = setUp();
    const command = submission('a');
    const results = [queue.submit(command), queue.submit(command)];
    expect((await batch(0)).submissions).toHaveLength(1);
    (await batch(0)).end();
    await expect(Promise.all(results)).resolves.toMatchObject([{ replayed: false }, { replayed: true }]);
    expect(batches).toHaveLength(1);
  });

  it('distinguishes another request under the same key from the same request', async () => {
    const { queue, batch, batches } = setUp();
    const command = submission('a');
    void queue.submit(command);
    const other = queue.submit({ ...command, requestHash: { meaning: 'other', spelling: 'h' } });
    (await batch(0)).end();
    await expect(other).resolves.toEqual({ kind: 'keyReused' });
    expect(batches).toHaveLength(1);
  });

  // Random histories found both. The second request was refused because its key belonged to another request.
  // But the first request had stored nothing under it, or another process had carried out the second.
  it.each([
    ['is not kept', { ...answered, stored: false }],
    ['finds its key used by another process', { kind: 'keyReused' } as const],
  ])('decides a second request separately if the first %s', async (_, first) => {
    const { queue, batch } = setUp();
    const command = submission('a');
    void queue.submit(command);
    const other = queue.submit({ ...command, requestHash: { meaning: 'other', spelling: 'h' } });
    (await batch(0)).end([first]);
    expect(commandIds((await batch(1)).submissions)).toEqual([command.commandId]);
    (await batch(1)).end();
    await expect(other).resolves.toEqual(answered);
  });

  it('refuses at once above its length, counting what is in flight', async () => {
    const { queue, batch } = setUp({ queueLengthMax: 2 });
    void queue.submit(submission('a'));
    await batch(0);
    void queue.submit(submission('a'));
    await expect(queue.submit(submission('b'))).resolves.toEqual({
      kind: 'unavailable',
      reason: 'QUEUE_FULL',
    });
  });

  it('refuses what waited too long, even while every lane hangs', async () => {
    // The clock stands still until the lane is busy, or a slow machine refuses the first command too.
    let laneIsBusy = false;
    const startedAt = performance.now();
    const now = () => (laneIsBusy ? performance.now() : startedAt);
    const { queue, batch } = setUp({ lanes: 1, queueTimeMaxMs: 5, now });
    void queue.submit(submission('a'));
    await batch(0);
    laneIsBusy = true;
    await expect(queue.submit(submission('b'))).resolves.toEqual({
      kind: 'unavailable',
      reason: 'QUEUE_TIMEOUT',
    });
  });

  it('puts commands whose wallets another process holds back to the front, in order', async () => {
    const { queue, batch } = setUp({ batchSizeMax: 2, lanes: 1 });
    const sent = [submission('a'), submission('a'), submission('a')];
    for (const each of sent) void queue.submit(each);
    (await batch(0)).end([{ kind: 'locked' }, { kind: 'locked' }]);
    expect(commandIds((await batch(1)).submissions)).toEqual(commandIds(sent.slice(0, 2)));
  });

  it('lets a command go on without the lock of a wallet that is held for too long', async () => {
    const runs: boolean[] = [];
    const runBatch: CommandQueueOptions['runBatch'] = (batch) => {
      runs.push(...batch.map(({ withoutLock }) => withoutLock));
      return Promise.resolve(batch.map(({ withoutLock }) => (withoutLock ? answered : { kind: 'locked' })));
    };
    const { queue } = setUp({ lockWaitMaxMs: 30, runBatch });
    await expect(queue.submit(submission('a'))).resolves.toMatchObject({ kind: 'answered' });
    expect(runs.length).toBeGreaterThan(1);
    expect(runs.slice(0, -1)).not.toContain(true);
  });

  it('joins a command that is under way even when it takes nothing more', async () => {
    const { queue, batch } = setUp();
    const command = submission('a');
    const first = queue.submit(command);
    await batch(0);
    const closed = [queue.close(), queue.close()];
    const again = queue.submit(command);
    (await batch(0)).end();
    await expect(Promise.all([first, again])).resolves.toMatchObject([
      { replayed: false },
      { replayed: true },
    ]);
    await expect(Promise.all(closed)).resolves.toHaveLength(2);
  });

  it('answers each command of a batch that left some without a result', async () => {
    const { queue, batch } = setUp();
    const results = [queue.submit(submission('a')), queue.submit(submission('b'))];
    (await batch(0)).end([answered]);
    await expect(Promise.allSettled(results)).resolves.toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected' },
    ]);
  });

  it('passes an unforeseen failure on to the commands of its batch and goes on', async () => {
    const runBatch = vi
      .fn<CommandQueueOptions['runBatch']>()
      .mockRejectedValueOnce(new Error('boom'))
      .mockImplementation((submissions) => Promise.resolve(submissions.map(() => answered)));
    const { queue } = setUp({ runBatch });
    await expect(queue.submit(submission('a'))).rejects.toThrow('boom');
    await expect(queue.submit(submission('a'))).resolves.toMatchObject({ kind: 'answered' });
  });

  it('answers everything it took before it closes, and takes nothing more', async () => {
    const { queue, batch } = setUp({ lanes: 1 });
    const taken = [queue.submit(submission('a')), queue.submit(submission('a'))];
    await batch(0);
    const closed = queue.close();
    await expect(queue.submit(submission('b'))).resolves.toEqual({
      kind: 'unavailable',
      reason: 'SHUTTING_DOWN',
    });
    (await batch(0)).end();
    await expect(Promise.all(taken)).resolves.toHaveLength(2);
    await expect(closed).resolves.toBeUndefined();
  });
});
