// The hourly run that keeps generations of idempotency records. It makes, switches and drops them, goes on
// after a crash at each step, and gives way to a session that holds the table.
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { generationLastsHours } from '../../../src/activities/keepGenerations.ts';
import type { UpkeepChunk } from '../../../src/activities/upkeep.ts';
import { readGenerations } from '../../../src/eventStore/generations.ts';
import type { FailpointName } from '../../../src/failpoints.ts';
import { createTestApi, post, testConfig, type TestApi } from '../../support/api.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';
import { processOver } from '../../support/workerActivities.ts';

let fixture: ProjectionFixture;
let api: TestApi;

beforeEach(async () => {
  fixture = await createProjectionFixture();
  api = createTestApi(testConfig(fixture.databaseUrl));
  await post(api, '/wallets', { walletId: 'alice', ownerId: 'anna' });
});
afterEach(async () => {
  await api.close();
  await fixture.close();
});

const pay = (key: string) => post(api, '/wallets/alice/credit', { amount: 5 }, { 'idempotency-key': key });
const isReplay = async (key: string) => (await pay(key)).headers.get('idempotent-replayed') === 'true';

/** One hourly run with a retention of a week. It ends at the failpoint `crashAt`, if one is given. */
function run(crashAt?: FailpointName): Promise<UpkeepChunk> {
  const { activities } = processOver(fixture, {
    idempotencyRetentionHours: 168,
    failpoint: (point) => {
      if (point === crashAt) throw new Error(`killed at ${point}`);
    },
  });
  return new MockActivityEnvironment().run(() => activities.pruneIdempotencyKeys({}));
}

/** Everything that the database stored looks so many hours older. The last prune was an hour ago. */
async function hoursPass(hours: number): Promise<void> {
  await fixture.pool.query(
    `update command_generations
        set began_at = began_at - make_interval(hours => $1::integer),
            ended_at = ended_at - make_interval(hours => $1::integer)`,
    [hours],
  );
  await fixture.pool.query("update prune_horizons set pruned_before = now() - interval '169 hours'");
}

/** The generations that exist as partitions, and the one that is written to. */
async function generations(): Promise<{ readonly partitions: readonly string[]; readonly current: number }> {
  const { rows } = await fixture.pool.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'idempotency_keys'::regclass order by 1",
  );
  const { current } = await readGenerations(fixture.pool);
  return { partitions: rows.map(({ name }) => name.replace('idempotency_keys_', '')), current };
}

it('a generation lasts half the retention, and an hour at least', () => {
  expect([168, 48, 2, 1].map(generationLastsHours)).toEqual([84, 24, 1, 1]);
});

it('records live for the retention, and at most three generations are looked in', async () => {
  await pay('first');
  await hoursPass(83);
  await run();
  expect(await generations(), 'too young').toEqual({ partitions: ['g0'], current: 0 });
  await hoursPass(1);
  await run();
  expect(await generations()).toEqual({ partitions: ['g0', 'g1'], current: 1 });
  await pay('second');
  await hoursPass(84);
  await run();
  expect(await generations()).toEqual({ partitions: ['g0', 'g1', 'g2'], current: 2 });
  await hoursPass(83);
  await run();
  expect(await isReplay('first')).toBe(true);
  await hoursPass(1);
  await run();
  expect(await generations(), 'a week after the end of the first').toEqual({
    partitions: ['g1', 'g2', 'g3'],
    current: 3,
  });
  expect(await isReplay('second')).toBe(true);
  expect(await isReplay('first')).toBe(false);
});

it('what is dropped is counted, and its files are gone', async () => {
  await pay('rent');
  await hoursPass(84);
  await run();
  await fixture.pool.query('analyze');
  const { rows } = await fixture.pool.query<{ file: string }>(
    "select pg_relation_filepath('idempotency_keys_g0') as file",
  );
  await hoursPass(168);
  expect(await run()).toEqual({ count: 2, after: 0, done: true });
  const { rows: left } = await fixture.pool.query(
    'select from pg_class where pg_relation_filepath(oid) = $1',
    [rows[0]?.file],
  );
  expect(left).toEqual([]);
});

describe.each<FailpointName>(['afterGenerationMade', 'afterGenerationSwitched', 'afterGenerationDropped'])(
  'a crash at %s',
  (point) => {
    it('loses nothing, and the next run does what is left', async () => {
      await hoursPass(84);
      await run();
      await pay('kept');
      await hoursPass(168);
      await expect(run(point)).rejects.toThrow(`killed at ${point}`);
      expect(await isReplay('kept')).toBe(true);
      await run();
      expect(await generations()).toEqual({ partitions: ['g1', 'g2'], current: 2 });
      expect(await isReplay('kept')).toBe(true);
      await run();
      expect(await generations(), 'a further run changes nothing').toEqual({
        partitions: ['g1', 'g2'],
        current: 2,
      });
    });
  },
);

it('a dump that holds the table delays a drop and no command, and the next run makes up for it', async () => {
  await hoursPass(84);
  await run();
  await hoursPass(168);
  const horizon = async () =>
    (
      await fixture.pool.query(
        "select pruned_before from prune_horizons where subject = 'idempotency generations'",
      )
    ).rows[0] as unknown;
  const before = await horizon();
  await withClient(fixture.databaseUrl, async (dump) => {
    await dump.query('begin');
    await dump.query('lock table idempotency_keys in access share mode');
    const held = run();
    expect((await pay('meanwhile')).status).toBe(200);
    await held;
    expect(await generations(), 'a switch needs no such lock').toEqual({
      partitions: ['g0', 'g1', 'g2'],
      current: 2,
    });
    expect(await horizon()).toEqual(before);
    await dump.query('rollback');
  });
  await run();
  expect(await generations()).toEqual({ partitions: ['g1', 'g2'], current: 2 });
});

it('a generation lasts longer if too many could not be dropped', async () => {
  await withClient(fixture.databaseUrl, async (dump) => {
    for (let generation = 1; generation <= 5; generation += 1) {
      await fixture.pool.query('select make_command_generation($1::integer)', [generation]);
      await fixture.pool.query('select switch_command_generation($1::integer)', [generation]);
    }
    await hoursPass(84);
    await dump.query('begin');
    await dump.query('lock table idempotency_keys in access share mode');
    await run();
    expect((await generations()).current).toBe(5);
    await dump.query('rollback');
  });
});

describe('a wrong clock', () => {
  it('that ended a generation too early shortens no life, because the end counts from then on', async () => {
    await hoursPass(84);
    await run();
    await fixture.pool.query(
      "update command_generations set ended_at = now() - interval '400 hours' where generation = 0",
    );
    await run();
    expect(await generations()).toEqual({ partitions: ['g0', 'g1'], current: 1 });
    const { existing } = await readGenerations(fixture.pool);
    expect(existing[0]?.endedAt?.getTime()).toBeGreaterThan(Date.now() - 3_600_000);
  });

  it('that began a generation in the future does not keep it for ever', async () => {
    await fixture.pool.query("update command_generations set began_at = now() + interval '400 hours'");
    await hoursPass(0);
    await run();
    await hoursPass(84);
    await run();
    expect(await generations()).toEqual({ partitions: ['g0', 'g1'], current: 1 });
  });
});

it('a run notes when each generation is due', async () => {
  await hoursPass(84);
  await run();
  const { rows } = await fixture.pool.query(
    `select generation, round(extract(epoch from due_at - now()) / 3600)::integer as hours
       from command_generations
      order by generation`,
  );
  expect(rows).toEqual([
    { generation: 0, hours: 168 },
    { generation: 1, hours: 84 },
  ]);
});
