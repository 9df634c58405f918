// The plan of the search in the streams of a few wallets, in a log with few wallets and many events. There a
// read by position looks cheap for each single wallet, and would go through the log once a wallet.
import { expect, it } from 'vitest';
import { createPool } from '../../../src/eventStore/database.ts';
import { testConfig } from '../../support/api.ts';
import { createTestDatabase } from '../../support/database.ts';
import { readNamedStatements } from '../../support/namedStatements.ts';
import type { PlanNode } from '../../support/plans.ts';

const wallets = 100;
const events = 40_000;

const readsOf = ({ Plans = [], ...node }: PlanNode): readonly string[] => [
  ...(/^events(_s\d+)?$/.test(node['Relation Name'] ?? '')
    ? [`${node['Node Type']} by ${node['Index Name'] ?? 'nothing'}`]
    : []),
  ...Plans.flatMap(readsOf),
];

it('a page over the streams of a few wallets goes through their versions, and never through the log', async () => {
  const database = await createTestDatabase();
  const pool = createPool(testConfig(database.url), 'wallet-feed-plans-test', () => undefined);
  const client = await pool.connect();
  try {
    await client.query(
      `insert into events
       select n, 'wallet-' || n % ${wallets}, n / ${wallets} + 1, 'WalletCredited', 1, '{}', '{}', now()
         from generate_series(1, ${events}) as n`,
    );
    await client.query('analyze events');
    const statement = readNamedStatements().find(({ name }) => name === 'find-feed-of-wallets');
    await client.query(`prepare search as ${statement?.text ?? ''}`);
    await client.query(`set plan_cache_mode = 'force_generic_plan'`);
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (format json) execute search (null, 1, ${events}, null, null, null, 1, ${events})`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    const reads = new Set(plan && readsOf(plan));
    expect([...reads].filter((read) => !/by events_s\d+_wallet_version$/.test(read))).toEqual([]);
    expect(reads.size).toBeGreaterThan(0);
  } finally {
    client.release();
    await pool.end();
    await database.drop();
  }
});
