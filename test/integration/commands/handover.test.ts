// Several API processes on one log, of which one commits for all. Real Redis and real PostgreSQL.
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchWatch } from '../../../src/commands/commandPath.ts';
import { nameOfCode, nameOfDatabase } from '../../../src/commands/handover/codeName.ts';
import { get, post } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import {
  createJoinedProcesses,
  type JoinedProcess,
  type JoinedProcesses,
} from '../../support/joinedProcesses.ts';

let all: JoinedProcesses;
beforeEach(async () => {
  all = await createJoinedProcesses();
});
afterEach(() => all.close());

type Answer = Awaited<ReturnType<typeof post>>;

const create = (process: JoinedProcess, walletId = 'w') =>
  post(process.api, '/wallets', { walletId, ownerId: 'o', initialBalance: '100' });

function credit(process: JoinedProcess, key: string, amount = '1', walletId = 'w'): Promise<Answer> {
  return post(process.api, `/wallets/${walletId}/credit`, { amount }, { 'idempotency-key': key });
}

/** What the log and the wallet say. */
async function stored({ api }: JoinedProcess, walletId = 'w'): Promise<unknown> {
  const { rows } = await api.pool.query(
    `select (select count(*)::integer from events where wallet_id = wallets.id) as events,
            version::integer as version,
            balance_minor::integer as balance
       from wallets
      where id = $1::text`,
    [walletId],
  );
  return rows[0];
}

const many = Array.from({ length: 60 }, (_, index) => index);

/** A batch that waits before it loads, until the test lets it go. */
function gate(): { readonly watch: BatchWatch; readonly held: Promise<void>; readonly open: () => void } {
  const opened = Promise.withResolvers<undefined>();
  const held = Promise.withResolvers<undefined>();
  return {
    watch: async (_, run) => {
      held.resolve(undefined);
      await opened.promise;
      return run();
    },
    held: held.promise,
    open: () => {
      opened.resolve(undefined);
    },
  };
}

/** The committer, whose batches wait, and a process that hands over to it. */
async function joinWithGate() {
  const held = gate();
  const first = all.start({ watchBatch: held.watch });
  await eventually(() => first.handover.isCommitter());
  all.start();
  return { held, ...(await all.joined()) };
}

/** Lets another one, who does not exist, hold the lease. */
async function takeLeaseAway({ config, processes }: JoinedProcesses): Promise<void> {
  const names = `${config.REDIS_KEY_PREFIX}handover:${nameOfCode()}-${nameOfDatabase(config.DATABASE_URL)}`;
  const lease = `${names}:committer`;
  expect(await processes[0]?.api.redis.set(lease, 'nobody 1', 'PX', 60_000, 'XX')).toBe('OK');
}

describe('two processes', () => {
  beforeEach(() => {
    all.start();
    all.start();
  });

  it('commit through one of them, and both answer', async () => {
    const { committer, sender } = await all.joined();
    expect((await create(sender)).status).toBe(201);
    const answers = await Promise.all(many.map((at) => credit(at % 2 === 0 ? sender : committer, `k${at}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stored(sender)).toEqual({ events: 61, version: 61, balance: 16_000 });
    expect(sender.api.counted.appended).toBe(0);
    expect(sender.counted).toEqual({ handed: 31, taken: 0, recalled: 0 });
    expect(committer.counted).toEqual({ handed: 0, taken: 31, recalled: 0 });
  });

  it('give one command that both are sent at once one effect, and both the same answer', async () => {
    const { committer, sender } = await all.joined();
    await create(sender);
    const answers = await Promise.all(many.map((at) => credit(at % 2 === 0 ? sender : committer, 'one')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(await stored(sender)).toEqual({ events: 2, version: 2, balance: 10_100 });
  });

  it('refuse with the bytes that a replay has, from either of them', async () => {
    const { committer, sender } = await all.joined();
    await create(sender);
    const debit = (process: JoinedProcess) =>
      post(process.api, '/wallets/w/debit', { amount: '500' }, { 'idempotency-key': 'd' });
    const first = await debit(sender);
    expect(first).toMatchObject({ status: 422, body: { code: 'INSUFFICIENT_FUNDS' } });
    for (const process of [sender, committer]) {
      const again = await debit(process);
      expect(again.text).toBe(first.text);
      expect(again.headers.get('idempotent-replayed')).toBe('true');
    }
  });

  it('answer by the sender alone once the committer has stopped, and no command is refused', async () => {
    const { committer, sender } = await all.joined();
    await create(sender);
    const answers: Promise<Answer>[] = [];
    for (const at of many) {
      answers.push(credit(sender, `k${at}`));
      if (at === 20) answers.push(committer.handover.close().then(() => credit(sender, 'after')));
      await pause(1);
    }
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(await stored(sender)).toEqual({ events: 62, version: 62, balance: 16_100 });
    await eventually(() => sender.handover.isCommitter());
  });

  it('commit each for itself while Redis is away from the sender', async () => {
    const { sender } = await all.joined();
    await create(sender);
    sender.api.redis.disconnect();
    expect((await credit(sender, 'k')).status).toBe(200);
    expect(await stored(sender)).toEqual({ events: 2, version: 2, balance: 10_100 });
    expect(sender.handover.handsTo()).toBeUndefined();
  });

  it('take no message of somebody who has no key', async () => {
    const { committer, sender } = await all.joined();
    await create(sender);
    const { REDIS_KEY_PREFIX, REDIS_URL } = all.config;
    const eavesdropper = new Redis(REDIS_URL);
    const overheard: { readonly channel: Buffer; readonly message: Buffer }[] = [];
    eavesdropper.on('pmessageBuffer', (_: unknown, channel: Buffer, message: Buffer) => {
      overheard.push({ channel, message });
    });
    await eavesdropper.psubscribe(`${REDIS_KEY_PREFIX}handover:*`);
    await credit(sender, 'k');
    await eventually(() => overheard.length >= 2);
    for (const { message } of overheard) expect(message.includes('WalletCredited')).toBe(false);
    const [handed] = overheard;
    const [channel, message] = [handed?.channel ?? '', handed?.message ?? Buffer.alloc(0)];
    const changed = Buffer.from(message);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    for (const forged of [message, changed, Buffer.from('{}'), Buffer.alloc(0), Buffer.alloc(100_000, 1)])
      expect(await committer.api.redis.publish(channel, forged)).toBe(2);
    eavesdropper.disconnect();
    // Messages come in order, so the forged ones have been read once this one is answered.
    expect((await credit(sender, 'k2')).status).toBe(200);
    expect(committer.counted.taken).toBe(3);
    expect(await stored(sender)).toEqual({ events: 3, version: 3, balance: 10_200 });
  });
});

it('a command that the committer holds too long runs at its sender, and not twice', async () => {
  const { held, committer, sender } = await joinWithGate();
  const created = create(sender);
  await held.held;
  await takeLeaseAway(all);
  expect((await created).status).toBe(201);
  expect(sender.counted.recalled).toBe(1);
  held.open();
  await committer.api.commands.close();
  expect(await stored(sender)).toEqual({ events: 1, version: 1, balance: 10_000 });
  expect(committer.api.counted.appended).toBe(0);
});

it('a command that the committer has loaded and not appended runs at its sender, and not twice', async () => {
  const held = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  /** The first append waits. */
  const connect = async () => {
    const client = await own.api.pool.connect();
    const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>;
    const late = async (statement: { readonly name?: string }, ...rest: unknown[]) => {
      if (statement.name?.startsWith('append') === true) {
        held.resolve(undefined);
        await opened.promise;
      }
      return query(statement, ...rest);
    };
    return Object.create(client, { query: { value: late } }) as typeof client;
  };
  const own: JoinedProcess = all.start({ pool: { connect: connect as never } });
  await eventually(() => own.handover.isCommitter());
  all.start();
  const { committer, sender } = await all.joined();
  const created = create(sender);
  await held.promise;
  await takeLeaseAway(all);
  expect((await created).status).toBe(201);
  opened.resolve(undefined);
  await committer.api.commands.close();
  expect(await stored(sender)).toEqual({ events: 1, version: 1, balance: 10_000 });
  expect(committer.api.counted).toMatchObject({ appended: 0, conflicts: 0 });
});

it('a command that was called back and refused is not carried out by a committer that hung', async () => {
  const { held, committer, sender } = await joinWithGate();
  // A refusal of a command without a key is not remembered, so no record stands in the way.
  const refused = post(sender.api, '/wallets/w/credit', { amount: '1' });
  await held.held;
  await takeLeaseAway(all);
  expect(await refused).toMatchObject({ status: 404 });
  expect((await create(sender)).status).toBe(201);
  held.open();
  await committer.api.commands.close();
  expect(await stored(sender)).toEqual({ events: 1, version: 1, balance: 10_000 });
});

it('a command that was committed before it was called back is found, and answered as it was', async () => {
  all.start();
  all.start();
  const { committer, sender } = await all.joined();
  await create(sender);
  // The committer can't send the end.
  const publish = committer.api.redis.publish.bind(committer.api.redis);
  committer.api.redis.publish = () => Promise.reject(new Error('not sent'));
  const credited = credit(sender, 'k');
  await eventually(async () => {
    expect(await stored(sender)).toEqual({ events: 2, version: 2, balance: 10_100 });
    return true;
  });
  await takeLeaseAway(all);
  expect(await credited).toMatchObject({ status: 200, body: { balance: 101 } });
  expect(await stored(sender)).toEqual({ events: 2, version: 2, balance: 10_100 });
  committer.api.redis.publish = publish;
});

it('a command for which the committer has no room runs at its sender', async () => {
  await all.close();
  all = await createJoinedProcesses({ COMMAND_QUEUE_LENGTH_MAX: '2' });
  const { held, committer, sender } = await joinWithGate();
  const own = [create(committer, 'a'), create(committer, 'b')];
  await held.held;
  expect((await create(sender, 'c')).status).toBe(201);
  held.open();
  expect((await Promise.all(own)).map(({ status }) => status)).toEqual([201, 201]);
});

it('a committer sends the ends of commands again if Redis did not take them', async () => {
  all.start();
  all.start();
  const { committer, sender } = await all.joined();
  await create(sender);
  const { redis } = committer.api;
  const publish = redis.publish.bind(redis);
  let failed = 0;
  redis.publish = (channel: string | Buffer, message: string | Buffer) => {
    failed += 1;
    return failed <= 2 ? Promise.reject(new Error('not sent')) : publish(channel, message);
  };
  expect(await credit(sender, 'k')).toMatchObject({ status: 200, body: { balance: 101 } });
  expect(failed).toBeGreaterThan(2);
});

it('a process takes as many commands as its queue may hold, wherever they run', async () => {
  await all.close();
  all = await createJoinedProcesses({ COMMAND_QUEUE_LENGTH_MAX: '2' });
  const { held, sender } = await joinWithGate();
  let refused = 0;
  const created = ['a', 'b', 'c', 'd', 'e'].map(async (walletId) => {
    const { status } = await create(sender, walletId);
    if (status === 503) refused += 1;
    return status;
  });
  await held.held;
  await eventually(() => refused === 3).finally(held.open);
  expect((await Promise.all(created)).sort()).toEqual([201, 201, 503, 503, 503]);
});

it('a command runs at its sender if the committer can not reach PostgreSQL', async () => {
  all.start({ pool: { connect: () => Promise.reject(new Error('PostgreSQL is away')) } });
  await eventually(() => all.processes[0]?.handover.isCommitter());
  all.start();
  const { committer, sender } = await all.joined();
  expect((await create(sender)).status).toBe(201);
  expect(committer.counted.taken).toBe(1);
});

it('a committer that can not reach PostgreSQL leaves the lease to another process', async () => {
  all.start({ pool: { connect: () => Promise.reject(new Error('PostgreSQL is away')) } });
  await eventually(() => all.processes[0]?.handover.isCommitter());
  all.start();
  const { committer, sender } = await all.joined();
  await create(sender);
  await eventually(() => sender.handover.isCommitter());
  await eventually(() => committer.handover.handsTo() === sender.id);
  expect((await credit(committer, 'k')).status).toBe(200);
  expect(sender.counted.taken).toBe(1);
});

it('one question about the lease without an answer calls nothing back', async () => {
  const { held, sender } = await joinWithGate();
  const created = create(sender);
  await held.held;
  const { redis } = sender.api;
  const ask = redis.eval.bind(redis) as (...given: unknown[]) => Promise<unknown>;
  let questions = 0;
  redis.eval = (...given: unknown[]) => {
    questions += 1;
    return questions === 1 ? Promise.reject(new Error('Command timed out')) : ask(...given);
  };
  await eventually(() => questions >= 3);
  held.open();
  expect((await created).status).toBe(201);
  expect(sender.counted).toEqual({ handed: 1, taken: 0, recalled: 0 });
});

it('a restored copy that shares Redis hands nothing to the original, and takes nothing from it', async () => {
  all.start();
  const { REDIS_KEY_PREFIX } = all.config;
  const copy = await createJoinedProcesses({ REDIS_KEY_PREFIX }, all.secret);
  try {
    copy.start();
    for (const { processes } of [all, copy]) await eventually(() => processes[0]?.handover.isCommitter());
  } finally {
    await copy.close();
  }
});

it('a wallet can be read at the sender as soon as it answers', async () => {
  all.start();
  all.start();
  const { sender } = await all.joined();
  await create(sender);
  await credit(sender, 'k');
  expect((await get(sender.api, '/wallets/w')).body).toMatchObject({ version: 2 });
});
