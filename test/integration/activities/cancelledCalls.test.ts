// A cancelled activity ends what it asked of the stores. Each way in which an activity reaches a store is
// cancelled in the middle of a call that would take far longer than the test.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { activitySignal, beyondCancel, withHeartbeats } from '../../../src/activities/heartbeats.ts';
import { inDatabaseTransaction } from '../../../src/eventStore/database.ts';
import { createElasticsearch, whenAvailable } from '../../../src/projections/readModel/elasticsearch.ts';
import { queryLong } from '../../../src/eventStore/longStatement.ts';
import { eventually } from '../../support/eventually.ts';
import { createProjectionFixture, type ProjectionFixture } from '../../support/projections.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
  await fixture.pool.query('create table written (id integer)');
});
afterEach(() => fixture.close());

const longCall = 'select pg_sleep(600)';

function act<T>(work: () => Promise<T>) {
  const environment = new MockActivityEnvironment();
  const result = environment.run(() => withHeartbeats({ details: () => undefined }, work));
  result.catch(() => undefined);
  return {
    cancel: () => {
      environment.cancel();
    },
    result,
  };
}

/** Sessions of this database that run the long call, as the server sees them. */
async function running(): Promise<number> {
  const { rows } = await fixture.pool.query<{ count: number }>(
    `select count(*)::integer as count
       from pg_stat_activity
      where datname = current_database()
        and state = 'active'
        and query = $1::text`,
    [longCall],
  );
  return rows[0]?.count ?? 0;
}

async function rowsWritten(): Promise<number> {
  return (await fixture.pool.query('select from written')).rowCount ?? 0;
}

describe('a cancelled activity ends its statement on the server', () => {
  it.each([
    ['of the pool', () => fixture.pool.query(longCall)],
    [
      'in a database transaction',
      () =>
        inDatabaseTransaction(fixture.pool, async (client) => {
          await client.query('insert into written values (1)');
          await client.query(longCall);
        }),
    ],
    [
      'of an hour',
      () => inDatabaseTransaction(fixture.pool, (client) => queryLong(client, 3_600_000, { text: longCall })),
    ],
  ])('%s', async (_, work) => {
    const { cancel, result } = act<unknown>(work);
    await eventually(async () => (await running()) === 1);
    cancel();
    await expect(result).rejects.toThrow(CancelledFailure);
    await eventually(async () => (await running()) === 0);
    expect(await rowsWritten()).toBe(0);
  });
});

it('a cancelled activity commits nothing afterwards, and begins no further statement', async () => {
  const written = Promise.withResolvers<undefined>();
  const cancelled = Promise.withResolvers<undefined>();
  const late: unknown[] = [];
  const { cancel, result } = act(() =>
    inDatabaseTransaction(fixture.pool, async (client) => {
      await client.query('insert into written values (1)');
      written.resolve(undefined);
      await cancelled.promise;
    }).finally(async () => {
      await fixture.pool.query('insert into written values (2)').catch((error: unknown) => late.push(error));
    }),
  );
  await written.promise;
  cancel();
  cancelled.resolve(undefined);
  await expect(result).rejects.toThrow(CancelledFailure);
  expect(late).toHaveLength(1);
  expect(await rowsWritten()).toBe(0);
});

it('work beyond a cancel ends as it began', async () => {
  const written = Promise.withResolvers<undefined>();
  const { cancel, result } = act(() =>
    beyondCancel(() =>
      inDatabaseTransaction(fixture.pool, async (client) => {
        written.resolve(undefined);
        await client.query('select pg_sleep(0.01)');
        await client.query('insert into written values (1)');
      }),
    ),
  );
  await written.promise;
  cancel();
  await result;
  expect(await rowsWritten()).toBe(1);
});

it('a cancelled activity ends its request to Elasticsearch', async () => {
  const reached = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<undefined>();
  const silent = createServer((request) => {
    request.socket.once('close', () => {
      closed.resolve(undefined);
    });
    reached.resolve(undefined);
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as AddressInfo;
  const elasticsearch = createElasticsearch(
    { ELASTICSEARCH_URL: `http://127.0.0.1:${port}`, ELASTICSEARCH_TIMEOUT_MS: 600_000 },
    activitySignal,
  );
  const { cancel, result } = act(() => whenAvailable(() => elasticsearch.cluster.health()));
  await reached.promise;
  cancel();
  await expect(result).rejects.toThrow(CancelledFailure);
  await closed.promise;
  await elasticsearch.close();
  await new Promise((resolve) => silent.close(resolve));
});

it('calls outside of activities, and of those that go on, are left alone', async () => {
  expect((await fixture.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  const { result } = act(async () => (await fixture.pool.query('select 1 as one')).rows as unknown[]);
  expect(await result).toEqual([{ one: 1 }]);
});
