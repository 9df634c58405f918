// Several API processes on one test database, each with its own connections to PostgreSQL and Redis. Tests of
// the command path start them and compare the counts of the event store afterwards.
import { createTestApi, post, type TestApi, testConfig } from './api.ts';
import { createTestDatabase } from './database.ts';

/** The rules that hold at every moment. One query reads all counts, so they are of the same moment. */
const countsQuery = `
  select (select count(*) from events) as events,
         (select max(position) from events) as last_position,
         (select position from log_head) as head,
         (select count(*) from outbox) as outbox,
         (select sum(version) from wallets) as versions,
         (select sum(balance_minor) from wallets) as balance,
         (select min(balance_minor) from wallets) as lowest,
         (select count(*) from idempotency_keys) as keys,
         (select count(*) from wallets
           join lateral (select sum(case when type in ('WalletDebited', 'TransferSent') then -1 else 1 end *
                                    coalesce(amount_minor, balance_minor,
                                      coalesce(data->>'amountMinor', data->>'balanceMinor')::bigint)) as total
                           from events where wallet_id = wallets.id) as folded on true
          where folded.total <> balance_minor) as wrong_wallets`;

export type ApiProcesses = Awaited<ReturnType<typeof createApiProcesses>>;

export async function createApiProcesses() {
  const database = await createTestDatabase();
  let apis: TestApi[] = [];
  const any = (index: number) => apis[index % apis.length] as TestApi;

  return {
    databaseUrl: database.url,

    start(
      count: number,
      settings: Readonly<Record<string, string>> = {},
      replaced: Parameters<typeof createTestApi>[1] = {},
    ): void {
      const config = testConfig(database.url, settings);
      apis = Array.from({ length: count }, () => createTestApi(config, replaced));
    },

    any,

    async createWallets(count: number): Promise<string[]> {
      const ids = Array.from({ length: count }, (_, index) => `w-${index}`);
      await Promise.all(
        ids.map((walletId, index) =>
          post(any(index), '/wallets', { walletId, ownerId: 'o', initialBalance: 1000 }),
        ),
      );
      return ids;
    },

    async counts(): Promise<Record<string, string>> {
      const { rows } = await any(0).pool.query<Record<string, string>>(countsQuery);
      return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, value]));
    },

    async close(): Promise<void> {
      await Promise.all(apis.map((api) => api.close()));
      await database.drop();
    },
  };
}
