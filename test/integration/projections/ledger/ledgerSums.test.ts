// Compares the trial balance with a pass over all postings, whatever was written, repeated, deleted,
// extended, rolled back or rebuilt before.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultTenant, scopedId, type Tenant } from '../../../../src/domain/tenant.ts';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { insertPostings, postingTable } from '../../../../src/projections/ledger/forms/postingTable.ts';
import { readTrialBalance } from '../../../../src/projections/ledger/ledgerQueries.ts';
import type { Posting, Side } from '../../../../src/projections/ledger/postings.ts';
import { fillRebuild } from '../../../../src/projections/ledger/rebuild/fillRebuild.ts';
import { createRebuildTable, indexRebuild } from '../../../../src/projections/ledger/rebuild/rebuildTable.ts';
import { swapRebuild } from '../../../../src/projections/ledger/rebuild/swapRebuild.ts';
import { compareSums, extendSums } from '../../../../src/projections/ledger/sums/ledgerSums.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { changeLog } from '../../../support/changeLog.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, transferOf25, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

const tenants: readonly Tenant[] = [defaultTenant, 'acme', 'b'];

/** A posting without its position. */
const movement = fc.record({
  tenant: fc.constantFrom(...tenants),
  kind: fc.constantFrom('in', 'out', 'between', 'hold', 'release'),
  currency: fc.constantFrom('USD', 'EUR'),
  amountMinor: fc.bigInt(1n, 2n ** 62n),
});
type Movement = ReturnType<(typeof movement)['generate']>['value_'];

function postingOf(position: bigint, { tenant, kind, currency, amountMinor }: Movement): Posting {
  const wallet = (name: string): Side => ({ walletId: scopedId(tenant, name), balanceAfterMinor: 1n });
  const none: Side = { walletId: null, balanceAfterMinor: null };
  const isOut = kind === 'out' || kind === 'hold' || kind === 'between';
  return {
    ...{ position, posting: 1, currency, amountMinor, occurredAt: someTime },
    layer: kind === 'hold' || kind === 'release' ? 'pending' : 'settled',
    debit: isOut ? wallet('one') : none,
    credit: kind === 'between' ? wallet('other') : isOut ? none : wallet('one'),
  };
}

const move: Movement = { tenant: defaultTenant, kind: 'in', currency: 'USD', amountMinor: 5n };

const write = (postings: readonly Posting[]) =>
  inDatabaseTransaction(fixture.pool, (client) => insertPostings(client, postings));
const remove = (positions: readonly bigint[]) =>
  inDatabaseTransaction(fixture.pool, (client) => postingTable.deleteAt(client, positions));
const moveCheckpoint = (position: bigint) =>
  fixture.pool.query(`update projector_checkpoints set position = $1::bigint where projection = 'ledger'`, [
    position,
  ]);
const setLevel = (level: number) =>
  changeLog(fixture.pool, 'update log_head set level = $1::smallint', [level]);
async function readThrough(): Promise<bigint> {
  const { rows } = await fixture.pool.query<{ through: string }>(
    'select sums_through as through from ledger_form',
  );
  return BigInt(rows[0]?.through ?? -1);
}

/** The sums of a tenant by a pass over every posting. */
async function passOver(tenant: Tenant) {
  const { rows } = await fixture.pool.query<Record<'class' | 'currency' | 'debits' | 'credits', string>>(
    `select class, currency, sum(debits) as debits, sum(credits) as credits
       from (select case when debit_wallet_id is null then 'settlement' else 'wallet' end as class, currency,
                    amount_minor as debits, 0 as credits, coalesce(debit_wallet_id, credit_wallet_id) as wallet_id
               from ledger_postings where not pending
              union all
             select case when credit_wallet_id is null then 'settlement' else 'wallet' end, currency,
                    0, amount_minor, coalesce(debit_wallet_id, credit_wallet_id)
               from ledger_postings where not pending) as sides
      where left(wallet_id, strpos(wallet_id, '/')) = $1::text
      group by class, currency
      order by class collate "C", currency collate "C"`,
    [scopedId(tenant, '')],
  );
  return rows.map((row) => ({
    ...{ accountClass: row.class, currency: row.currency },
    ...{ debitsMinor: BigInt(row.debits), creditsMinor: BigInt(row.credits) },
  }));
}

async function expectRight(): Promise<void> {
  expect(await compareSums(fixture.pool, { correct: false })).toEqual([]);
  for (const tenant of tenants)
    expect((await readTrialBalance(fixture.pool, tenant)).sums).toEqual(await passOver(tenant));
}

/** Extends to the checkpoint. */
async function extendAll(positionsPerStep = 1_000): Promise<void> {
  for (let step = 0; await extendSums(fixture.pool, positionsPerStep); step += 1)
    expect(step).toBeLessThan(50);
}

it('a trial balance is that of a pass over the postings, after every step', async () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ does: fc.constant('page'), moves: fc.array(movement, { maxLength: 6 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constantFrom('retry', 'delete', 'extend', 'extend a little', 'correct'),
      }),
    },
  );
  let position = 0n;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), fc.nat(), async (steps, chosen) => {
      const written = [0, 1, 2].map(() => postingOf((position += 1n), move));
      await write(written);
      await moveCheckpoint(position);
      await extendAll();
      for (const one of steps) {
        const some = written.filter((_, index) => (index + chosen) % 3 === 0);
        if ('moves' in one) {
          const postings = one.moves.map((move) => postingOf((position += 1n), move));
          await write(postings);
          await moveCheckpoint(position);
          written.push(...postings);
        } else if (one.does === 'retry') await write(some);
        else if (one.does === 'delete') await remove(some.map((posting) => posting.position));
        else if (one.does === 'extend') await extendAll();
        else if (one.does === 'extend a little') await extendSums(fixture.pool, 2);
        else expect(await compareSums(fixture.pool, { correct: true })).toEqual([]);
        await expectRight();
      }
    }),
    { numRuns: 15 },
  );
});

it('a trial balance reads no posting that the sums cover', async () => {
  const { pool } = fixture;
  await write([postingOf(1n, move), postingOf(2n, move)]);
  await moveCheckpoint(1n);
  await extendAll();
  expect(await readThrough(), 'the checkpoint').toBe(1n);
  // So the answer tells where it comes from.
  await pool.query('update ledger_sums set amount_minor = 7');
  expect((await readTrialBalance(pool)).sums[0]?.debitsMinor).toBe(12n);
});

it('a page that dies between its postings and the checkpoint leaves neither postings nor sums', async () => {
  const { pool } = fixture;
  await appendEvents(pool, transferOf25());
  await drainAll(pool, fixture.ledger, 2);
  await extendAll();
  await remove([1n]);
  const died = inDatabaseTransaction(pool, async (client) => {
    await insertPostings(client, [postingOf(1n, move), postingOf(5n, move)]);
    throw new Error('the process was killed');
  });
  await expect(died).rejects.toThrow('killed');
  await expectRight();
  expect((await readTrialBalance(pool)).sums).toMatchObject([
    { accountClass: 'settlement', debitsMinor: 10_000n, creditsMinor: 0n },
    { accountClass: 'wallet', debitsMinor: 2_500n, creditsMinor: 12_500n },
  ]);
});

it('postings that were lost and are drained again after the checkpoint was set back count once', async () => {
  const { pool } = fixture;
  await appendEvents(pool, transferOf25());
  await drainAll(pool, fixture.ledger, 2);
  await extendAll();
  await remove([1n, 2n, 3n, 4n]);
  await moveCheckpoint(0n);
  await drainAll(pool, fixture.ledger, 2);
  await expectRight();
  expect((await readTrialBalance(pool)).sums).toMatchObject([
    { accountClass: 'settlement', debitsMinor: 20_000n, creditsMinor: 0n },
    { accountClass: 'wallet', debitsMinor: 2_500n, creditsMinor: 22_500n },
  ]);
});

it('of several retries of one event only one counts', async () => {
  await moveCheckpoint(5n);
  await extendAll();
  const page = [1n, 2n].map((position) => postingOf(position, move));
  await Promise.all([write(page), write(page), write(page)]);
  await expectRight();
});

it('the sums are not extended beside a writer, who may write a posting within them', async () => {
  const { pool } = fixture;
  await moveCheckpoint(5n);
  await inDatabaseTransaction(pool, async (client) => {
    await insertPostings(client, [postingOf(3n, move)]);
    expect(await extendSums(pool), 'gives up').toBe(false);
    expect(await readThrough()).toBe(0n);
  });
  await extendAll();
  expect(await readThrough()).toBe(5n);
  await expectRight();
});

it('a retry that waits while the sums are extended over its event counts once', async () => {
  const { pool } = fixture;
  await moveCheckpoint(5n);
  const client = await pool.connect();
  let retry: Promise<void> | undefined;
  try {
    // As extendSums does, but held open until the retry waits.
    await client.query('begin');
    await client.query('lock table ledger_sums in share row exclusive mode');
    retry = write([postingOf(3n, move)]);
    for (let asked = 0; ; asked += 1) {
      const { rowCount } = await client.query(
        `select from pg_locks where relation = 'ledger_sums'::regclass and not granted`,
      );
      if (rowCount === 1) break;
      expect(asked, 'polls until the retry waits').toBeLessThan(20_000);
    }
    await client.query('update ledger_form set sums_through = 5');
    await client.query('commit');
  } finally {
    client.release();
  }
  await retry;
  await expectRight();
});

it('sums are not extended below their level', async () => {
  await write([postingOf(1n, move)]);
  await moveCheckpoint(1n);
  await setLevel(levels.ledgerSums - 1);
  expect(await extendSums(fixture.pool)).toBe(false);
  expect(await readThrough()).toBe(0n);
  await setLevel(levels.ledgerSums);
  await extendAll();
  expect(await readThrough()).toBe(1n);
  await expectRight();
});

describe('a rebuild', () => {
  it('begins the sums anew', async () => {
    const { pool } = fixture;
    await appendEvents(pool, [...transferOf25(), ...walletStream('acme/w', 7n, [1n, 2n])]);
    await drainAll(pool, fixture.ledger);
    await extendAll(2);
    await pool.query('update ledger_sums set amount_minor = 1');
    await createRebuildTable(pool, 'sums');
    await fillRebuild(pool, { rebuildId: 'sums', pageSize: 3, goOn: () => true, onPage: () => undefined });
    await indexRebuild(pool, 'sums');
    expect(await swapRebuild(pool, 'sums', 10)).toEqual({ swapped: true, refused: 0 });
    expect(await readThrough()).toBe(0n);
    await expectRight();
    await extendAll(2);
    await expectRight();
  });
});

it('a comparison names a sum that is wrong, and a correction repairs it', async () => {
  const { pool } = fixture;
  const moves: readonly Movement[] = [
    move,
    { tenant: 'acme', kind: 'between', currency: 'EUR', amountMinor: 6n },
    { ...move, currency: 'EUR', tenant: 'b' },
  ];
  await write(moves.map((one, index) => postingOf(BigInt(index + 1), one)));
  await moveCheckpoint(2n);
  await extendAll();
  await pool.query(`delete from ledger_sums where tenant_prefix = 'acme/'`);
  await pool.query(`delete from ledger_postings where position = 1`);
  const keys = { debitClass: 'settlement', creditClass: 'wallet' };
  const wrong = [
    { tenantPrefix: '', currency: 'USD', ...keys },
    { tenantPrefix: 'acme/', currency: 'EUR', debitClass: 'wallet', creditClass: 'wallet' },
  ];
  for (const correct of [false, true]) expect(await compareSums(pool, { correct })).toEqual(wrong);
  await expectRight();
});
