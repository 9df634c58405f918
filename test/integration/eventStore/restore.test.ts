// The restore drill: a base backup under load, the loss of the server, and a new server from the backup.
// Every event that was acknowledged before the backup began is there. The ledger follows, and the checks of a
// verification find no difference.
import { rm } from 'node:fs/promises';
import { afterAll, expect, it } from 'vitest';
import { withClient } from '../../../harness/databases.ts';
import { createPool } from '../../../src/eventStore/database.ts';
import { readHead } from '../../../src/eventStore/logHead.ts';
import { migrate } from '../../../src/eventStore/migrate.ts';
import { readServerProblems } from '../../../src/eventStore/serverFacts.ts';
import { ledgerProjection } from '../../../src/projections/ledger/ledgerSink.ts';
import { readTrialBalance } from '../../../src/projections/ledger/ledgerQueries.ts';
import {
  checkHead,
  checkPositions,
  checkRecords,
  firstCommandId,
} from '../../../src/projections/verify/checkLog.ts';
import { compareLog } from '../../../src/projections/verify/compareLog.ts';
import { testConfig } from '../../support/api.ts';
import { appendEvents } from '../../support/appendEvents.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/ownPostgres.ts';
import { drainAll } from '../../support/projections.ts';
import { walletStream } from '../../support/walletStream.ts';

const opened: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of opened.reverse()) await close();
});

function poolOf(server: OwnPostgres) {
  const pool = createPool(testConfig(server.url), 'wallet-restore-test', () => undefined);
  return { pool, check: () => readServerProblems(pool, 'projections') };
}

it('a base backup that was taken under load gives back every acknowledged event, and the ledger follows', async () => {
  const first = await startOwnPostgres('restore-test');
  await withClient(first.url, migrate);
  const { pool } = poolOf(first);
  let wallets = 0;
  const append = async () => {
    wallets += 1;
    await appendEvents(pool, walletStream(`wallet-${wallets}`, 100n, [1n, 2n]));
  };
  for (let count = 0; count < 20; count += 1) await append();
  await drainAll(pool, ledgerProjection);
  const acknowledged = await readHead(pool);

  let ended = false;
  const load = (async () => {
    while (!ended) await append();
  })();
  const backup = await first.backUp();
  ended = true;
  await load;
  opened.push(() => rm(backup, { recursive: true }));
  await pool.end();
  await first.close();

  const second = await startOwnPostgres('restored-test', backup);
  opened.push(second.close);
  const restored = poolOf(second);
  opened.push(() => restored.pool.end());
  expect(await restored.check()).toEqual([]);
  const head = await readHead(restored.pool);
  expect(head).toBeGreaterThanOrEqual(acknowledged);
  const page = { after: 0n, upTo: head, limit: Number(head) };
  expect(await checkPositions(restored.pool, page)).toMatchObject({ events: Number(head), differences: [] });
  expect(await checkHead(restored.pool)).toEqual([]);
  await drainAll(restored.pool, ledgerProjection);
  // The checks of a verification find nothing, in the log, the records, the ledger and the outbox.
  const compared = await compareLog(restored.pool, { ...page, repair: false });
  expect(compared).toMatchObject({ after: head, events: Number(head), differences: [] });
  const records = await checkRecords(restored.pool, firstCommandId, Number(head));
  expect(records).toMatchObject({ done: true, differences: [] });
  const { position, sums } = await readTrialBalance(restored.pool);
  expect(position).toBe(head);
  expect(sums.reduce((sum, { debitsMinor, creditsMinor }) => sum + debitsMinor - creditsMinor, 0n)).toBe(0n);
  const { rowCount } = await restored.pool.query(
    `select from wallets
      where version is distinct from (select max(version) from events where wallet_id = wallets.id)`,
  );
  expect(rowCount, 'wallets that differ from their events').toBe(0);
  await appendEvents(restored.pool, walletStream('wallet-after', 100n));
  expect(await readHead(restored.pool)).toBeGreaterThan(head);
});
