// The log reaches the end of its last segment while commands come in. The processes make the next segments
// themselves, and no command fails.
import { type Pool } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestApi, get, post, type TestApi, testConfig } from '../../support/api.ts';
import { createProtectedDatabase } from '../../support/database.ts';
import { testPool } from '../../support/projections.ts';
import { cutLog } from '../../support/segments.ts';

const width = 16;
let database: Awaited<ReturnType<typeof createProtectedDatabase>>;
let owner: Pool;
let apis: readonly TestApi[];
let ends: number;

beforeEach(async () => {
  database = await createProtectedDatabase();
  owner = testPool(database.url);
  await cutLog(owner, width);
  ends = 0;
  const onFailedAttempt = (failure: string) => {
    if (failure === 'unsegmented') ends += 1;
  };
  const config = testConfig(database.serviceUrl, {
    COMMAND_ATTEMPTS_MAX: '100',
    OUTCOME_WAIT_MAX_MS: '30000',
  });
  apis = [1, 2].map(() => createTestApi(config, { onFailedAttempt }));
});
afterEach(async () => {
  for (const api of apis) await api.close();
  await owner.end();
  await database.drop();
});

it('no command fails while the log meets the end of its last segment, in two processes with few rights', async () => {
  const api = (index: number) => apis[index % apis.length] as TestApi;
  const wallets = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const { body } = await post(
        api(index),
        '/wallets',
        '{"ownerId":"o","currency":"EUR","initialBalance":1}',
      );
      return String(body.id);
    }),
  );
  for (let round = 0; round < 12; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        post(api(index), `/wallets/${wallets[index % 8] ?? ''}/credit`, '{"amount":1}', {
          'idempotency-key': `${round}-${index}`,
        }),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  }
  expect(ends, 'the log met its end').toBeGreaterThan(0);
  const { rows } = await owner.query<Record<string, number>>(
    `select (select count(*)::integer from events) as events,
            (select count(distinct (wallet_id, version))::integer from events) as versions,
            (select count(*)::integer from outbox) as outbox,
            (select position::integer from log_head) as head,
            (select count(*)::integer from log_segments) > 40 as many`,
  );
  const events = 8 + 12 * 64;
  expect(rows).toEqual([{ events, versions: events, outbox: events, head: events, many: true }]);
  const { body } = await get(api(0), `/wallets/${wallets[0] ?? ''}?consistency=strong`);
  expect(body.version).toBe(1 + (12 * 64) / 8);
});
