import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import type { FailpointName } from '../../../../src/failpoints.ts';
import { drain, type DrainDeps } from '../../../../src/projections/drain/drain.ts';
import type { DrainPass } from '../../../../src/projections/drain/drainBatch.ts';
import { createWakeUps } from '../../../../src/projections/drain/wakeUp.ts';
import type { Projection } from '../../../../src/projections/projection.ts';
import { appendEvents, appendRows, unknownEvent } from '../../../support/appendEvents.ts';
import { eventually } from '../../../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../../support/projections.ts';
import { walletStream } from '../../../support/walletStream.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const batchSizeMax = 5;
const wallets = 8;
const eventsPerWallet = 5;
const events = wallets * eventsPerWallet;
const pages = events / batchSizeMax;

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await fixture.readModel.prepare?.();
});
afterEach(() => fixture.close());

/** Version by version over all wallets, so that each page has events of several wallets. */
async function appendBacklog(): Promise<void> {
  const streams = Array.from({ length: wallets }, (_, index) =>
    walletStream(`wallet-${index}`, 100n, Array<bigint>(eventsPerWallet - 1).fill(1n)),
  );
  const mixed = Array.from({ length: eventsPerWallet }, (_, version) =>
    streams.flatMap((stream) => stream.slice(version, version + 1)),
  );
  await appendEvents(fixture.pool, mixed.flat());
}

function deps(over: Partial<DrainDeps> = {}): DrainDeps {
  return {
    pool: fixture.pool,
    wakeUps: createWakeUps(),
    now: () => performance.now(),
    batchSizeMax,
    pollMaxMs: 20,
    paceMs: 0,
    pagesMax: 4,
    budgetMs: 60_000,
    ...over,
  };
}

/** Drains until the checkpoint is at the head of the log. */
async function drainToEnd(projection: Projection, over: Partial<DrainDeps> = {}) {
  const stop = new AbortController();
  const passes: DrainPass[] = [];
  const report = await drain(deps(over), projection, stop.signal, (pass) => {
    passes.push(pass);
    if (pass.position === BigInt(events)) stop.abort();
  });
  return { report, passes };
}

async function checkpointOf(projection: Projection): Promise<number> {
  const { rows } = await fixture.pool.query<{ position: string }>(
    'select position from projector_checkpoints where projection = $1::text',
    [projection.name],
  );
  return Number(rows[0]?.position);
}

async function bookedPositions(): Promise<readonly number[]> {
  const { rows } = await fixture.pool.query<{ position: string }>(
    'select position from ledger_postings order by position',
  );
  return rows.map(({ position }) => Number(position));
}

const upTo = (position: number) => Array.from({ length: position }, (_, index) => index + 1);

async function documentVersions(): Promise<readonly (number | undefined)[]> {
  const found = Array.from({ length: wallets }, (_, index) =>
    fixture.queries.getWalletDocument(`wallet-${index}`),
  );
  return (await Promise.all(found)).map((document) => document?.version);
}

/** The version of each wallet that the events up to a position make. */
function versionsAt(position: number): readonly number[] {
  return Array.from({ length: wallets }, (_, index) => Math.floor((position - index - 1) / wallets) + 1);
}

/** The projection, with a step of the page of this number (from 0) before its write begins. */
function withStep(projection: Projection, beforeWrite: (page: number) => Promise<void>): Projection {
  let begun = 0;
  if (projection.writes === 'with-checkpoint')
    return {
      ...projection,
      map: (page) => {
        const number = begun;
        begun += 1;
        const write = projection.map(page);
        return async (client) => {
          await beforeWrite(number);
          return write(client);
        };
      },
    };
  return {
    ...projection,
    project: async (page) => {
      const number = begun;
      begun += 1;
      await beforeWrite(number);
      return projection.project(page);
    },
  };
}

describe.each(['ledger', 'readModel'] as const)('pages of the %s that overlap', (name) => {
  it('project a backlog once, in order, with several pages in hand', async () => {
    await appendBacklog();
    const inHand: number[] = [];
    const asManyAsAllowed = Promise.withResolvers<undefined>();
    const onPagesInHand = (count: number) => {
      inHand.push(count);
      if (count === 4) asManyAsAllowed.resolve(undefined);
    };
    const slow = withStep(fixture[name], async (page) => {
      if (page === 1) await asManyAsAllowed.promise;
    });
    const { passes, report } = await drainToEnd(slow, { onPagesInHand });
    expect(report).toMatchObject({ processed: events, parked: 0, position: events });
    const filled = passes.filter(({ processed }) => processed > 0);
    expect(filled.map(({ from }) => Number(from))).toEqual(
      Array.from({ length: pages }, (_, page) => page * batchSizeMax),
    );
    expect(Math.max(...inHand)).toBe(4);
    expect(inHand.at(-1)).toBe(0);
    if (name === 'ledger') expect(await bookedPositions()).toEqual(upTo(events));
    else expect(await documentVersions()).toEqual(versionsAt(events));
  });

  it('end after the first one that fails, with the checkpoint before it', async () => {
    await appendBacklog();
    const failing = withStep(fixture[name], (page) =>
      page === 3 ? Promise.reject(new Error('the store is away')) : Promise.resolve(),
    );
    const passes: DrainPass[] = [];
    await expect(
      drain(deps(), failing, new AbortController().signal, (pass) => passes.push(pass)),
    ).rejects.toThrow('the store is away');
    expect(await checkpointOf(failing)).toBe(3 * batchSizeMax);
    expect(passes).toHaveLength(3);
    if (name === 'ledger') expect(await bookedPositions()).toEqual(upTo(3 * batchSizeMax));
    await drainToEnd(fixture[name]);
    if (name === 'ledger') expect(await bookedPositions()).toEqual(upTo(events));
    else expect(await documentVersions()).toEqual(versionsAt(events));
  });

  it('park the events that each of them can not take', async () => {
    await appendEvents(fixture.pool, walletStream('wallet-0', 100n, [1n, 1n, 1n]));
    for (let page = 0; page < 3; page += 1) {
      await appendRows(fixture.pool, [unknownEvent(`odd-${page}`, 1)]);
      await appendEvents(fixture.pool, walletStream(`even-${page}`, 100n, [1n, 1n, 1n]));
    }
    const stop = new AbortController();
    const report = await drain(deps(), fixture[name], stop.signal, ({ processed }) => {
      if (processed === 0) stop.abort();
    });
    expect(report).toMatchObject({ processed: 19, parked: 3, position: 19 });
    const { rows } = await fixture.pool.query<{ position: string }>(
      'select position from projection_failures where resolved_at is null order by position',
    );
    expect(rows.map(({ position }) => Number(position))).toEqual([5, 10, 15]);
  });

  it.each<FailpointName>([
    'afterRead',
    'afterPageWritten',
    name === 'ledger' ? 'afterLedgerInsert' : 'afterElasticsearch',
    'beforeCheckpoint',
    'afterCheckpoint',
  ])('lose and double nothing if the process is killed at %s', async (point) => {
    await appendBacklog();
    expect(await drainInChild(name, point)).toBe('SIGKILL');
    // PostgreSQL rolls back what the dead process had open, as soon as it sees its connections closed.
    await untilNoSessionOf('killed-drain');
    const reached = await checkpointOf(fixture[name]);
    expect(reached).toBeLessThan(events);
    expect(reached % batchSizeMax).toBe(0);
    if (name === 'ledger') expect(await bookedPositions()).toEqual(upTo(reached));
    else
      for (const [wallet, version] of (await documentVersions()).entries())
        expect(version ?? 0).toBeGreaterThanOrEqual(versionsAt(reached)[wallet] ?? 0);
    await drainToEnd(fixture[name]);
    if (name === 'ledger') expect(await bookedPositions()).toEqual(upTo(events));
    else expect(await documentVersions()).toEqual(versionsAt(events));
  });
});

/** Runs the drain in a process that ends itself at the third passage of the step. */
async function drainInChild(name: 'ledger' | 'readModel', point: FailpointName): Promise<unknown> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wallet-pages-'));
  const file = path.join(folder, 'point');
  writeFileSync(file, JSON.stringify({ point, passage: 3, signal: 'SIGKILL', arming: 1 }));
  const from = (module: string) => JSON.stringify(path.join(root, module));
  const program = `
    import { Client } from '@elastic/elasticsearch';
    import { Pool } from 'pg';
    import { failpointsOf } from ${from('src/failpoints.ts')};
    import { drain } from ${from('src/projections/drain/drain.ts')};
    import { createWakeUps } from ${from('src/projections/drain/wakeUp.ts')};
    import { ledgerProjection } from ${from('src/projections/ledger/ledgerSink.ts')};
    import { createReadModelProjection } from ${from('src/projections/readModel/readModelSink.ts')};
    const pool = new Pool({ connectionString: process.env.DATABASE_URL, application_name: 'killed-drain' });
    const elasticsearch = new Client({ node: process.env.ELASTICSEARCH_URL });
    const deps = { pool, elasticsearch, indexPrefix: process.env.INDEX_PREFIX };
    const projection = process.env.PROJECTION === 'ledger' ? ledgerProjection : createReadModelProjection(deps);
    await drain(
      {
        pool, ...failpointsOf(${JSON.stringify(file)}), wakeUps: createWakeUps(), now: () => performance.now(),
        batchSizeMax: ${batchSizeMax}, pollMaxMs: 20, paceMs: 0, pagesMax: 4, budgetMs: 60_000,
      },
      projection, new AbortController().signal, () => undefined,
    );`;
  try {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        DATABASE_URL: fixture.databaseUrl,
        ELASTICSEARCH_URL: inject('elasticsearchUrl'),
        INDEX_PREFIX: fixture.indexPrefix,
        PROJECTION: name,
      },
    });
    const [, signal] = (await once(child, 'exit')) as [unknown, unknown];
    return signal;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function untilNoSessionOf(applicationName: string): Promise<void> {
  await eventually(async () => {
    const { rowCount } = await fixture.pool.query(
      'select from pg_stat_activity where datname = current_database() and application_name = $1::text',
      [applicationName],
    );
    return rowCount === 0;
  });
}

it('a page of the read model that was written early leaves the checkpoint where it is', async () => {
  await appendBacklog();
  const first = Promise.withResolvers<undefined>();
  const later = Promise.withResolvers<undefined>();
  // Page 0 is alone in hand. Page 1 waits until page 2 has been written.
  const slow = withStep(fixture.readModel, async (page) => {
    if (page === 1) await first.promise;
    if (page === 3) later.resolve(undefined);
  });
  const running = drainToEnd(slow);
  await later.promise;
  expect(await checkpointOf(slow)).toBe(batchSizeMax);
  first.resolve(undefined);
  await running;
  expect(await documentVersions()).toEqual(versionsAt(events));
});

it('two drains of the ledger with pages in hand end, one of them superseded, and book each event once', async () => {
  await appendBacklog();
  const stop = new AbortController();
  const ends = await Promise.all(
    [5, 3].map((size) =>
      drain(deps({ batchSizeMax: size }), fixture.ledger, stop.signal, ({ position }) => {
        if (position === BigInt(events)) stop.abort();
      }),
    ),
  );
  expect(ends.map(({ processed }) => processed).reduce((sum, count) => sum + count)).toBe(events);
  expect(await bookedPositions()).toEqual(upTo(events));
});

it('an index that is lost before its second page is written comes back whole', async () => {
  await appendBacklog();
  const { elasticsearch, indexPrefix } = fixture;
  const losing = withStep(fixture.readModel, async (page) => {
    if (page === 1) await elasticsearch.indices.delete({ index: `${indexPrefix}wallets-000001` });
  });
  const { report } = await drainToEnd(losing, { budgetMs: 60_000 });
  expect(report.reason).toBe('superseded');
  await drainToEnd(fixture.readModel);
  expect(await documentVersions()).toEqual(versionsAt(events));
});

it('the first page of the log is in hand alone, because nothing else would notice that its index was lost', async () => {
  await appendBacklog();
  let reads = 0;
  const pool = new Proxy(fixture.pool, {
    get: (target, member) => {
      if (member !== 'query') return Reflect.get(target, member) as unknown;
      return async (query: { readonly name?: string }) => {
        const result = await (target.query(query as never) as unknown as Promise<unknown>);
        if (query.name === 'read-events-after') reads += 1;
        return result;
      };
    },
  });
  const counts: number[] = [];
  const slow = withStep(fixture.readModel, async (page) => {
    if (page !== 0) return;
    await eventually(() => reads === 2);
    // The second page has been read. Without the rule it begins within these turns.
    for (let turn = 0; turn < 3; turn += 1) await turnOfLoop();
    counts.push(...inHand);
  });
  const inHand: number[] = [];
  // By a clock that goes backwards no retry of parked events is due, so nothing else delays the second page.
  let nowMs = 0;
  const now = () => {
    nowMs -= 1;
    return nowMs;
  };
  await drainToEnd(slow, { pool, now, onPagesInHand: (count) => inHand.push(count) });
  expect(counts).toEqual([1]);
});
