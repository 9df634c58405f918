import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../../src/domain/events.ts';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { ledgerEntries, type LedgerEntry } from '../../../../src/projections/ledger/ledgerEntries.ts';
import { insertLedgerEntries } from '../../../../src/projections/ledger/ledgerSink.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { someTime, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

/** Two wallets with 100.00 USD each and a transfer of 25.00 from the first to the second. */
function transferOf25(): NewEvent[] {
  const transfer = { transferId: 'transfer-1', currency: 'USD', amountMinor: 2_500n, description: '' };
  const [from, to] = ['wallet-001', 'wallet-002'] as const;
  return [
    ...walletStream(from, 10_000n),
    ...walletStream(to, 10_000n),
    {
      walletId: from,
      version: 2,
      occurredAt: someTime,
      event: {
        type: 'TransferSent',
        ...transfer,
        toWalletId: to,
        balanceMinor: 7_500n,
        toBalanceMinor: 12_500n,
      },
    },
    {
      walletId: to,
      version: 2,
      occurredAt: someTime,
      event: { type: 'TransferReceived', ...transfer, fromWalletId: from, balanceMinor: 12_500n },
    },
  ];
}

/** The ledger as rows of text. */
async function ledger(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select concat_ws(' ', position, leg, direction, account, amount_minor, currency, balance_after_minor) as line
       from ledger_entries
      order by position, leg`,
  );
  return rows.map(({ line }) => line);
}

const [debit, credit] = ledgerEntries({
  ...(walletStream('wallet-001', 100n)[0] as NewEvent),
  position: 1n,
}) as [LedgerEntry, LedgerEntry];
const insert = (...entries: readonly LedgerEntry[]) =>
  inDatabaseTransaction(fixture.pool, (client) => insertLedgerEntries(client, entries));

describe('the ledger', () => {
  it('books creation and transfer in two legs each, with the balances after them', async () => {
    await appendEvents(fixture.pool, transferOf25());
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 4, parked: 0 });
    expect(await ledger()).toEqual([
      '1 1 debit settlement:USD 10000 USD',
      '1 2 credit wallet:wallet-001 10000 USD 10000',
      '2 1 debit settlement:USD 10000 USD',
      '2 2 credit wallet:wallet-002 10000 USD 10000',
      '3 1 debit wallet:wallet-001 2500 USD 7500',
      '3 2 credit wallet:wallet-002 2500 USD 12500',
    ]);
  });

  it('is not changed by events that come again', async () => {
    await appendEvents(fixture.pool, transferOf25());
    await drainAll(fixture.pool, fixture.ledger);
    const before = await ledger();
    await fixture.pool.query("update projector_checkpoints set position = 0 where projection = 'ledger'");
    expect(await drainAll(fixture.pool, fixture.ledger, 3)).toMatchObject({ processed: 4, parked: 0 });
    expect(await ledger()).toEqual(before);
  });

  it('parks an event that the mapping or a constraint refuses, alone', async () => {
    const unbookable = walletStream('wallet-003', 100n, [0n]);
    const beyondBigint = walletStream('wallet-004', 100n, [9_999_999_999_999_999_000n]);
    await appendEvents(fixture.pool, [...unbookable, ...beyondBigint, ...transferOf25()]);
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 8, parked: 2 });
    const { rows } = await fixture.pool.query(
      'select position, last_error from projection_failures order by position',
    );
    expect(rows).toEqual([
      { position: '2', last_error: 'amount 0 is not above zero' },
      { position: '4', last_error: expect.stringContaining('out of range') as string },
    ]);
    expect(await ledger()).toHaveLength(10);
  });
});

describe('the ledger table', () => {
  it('takes a balanced pair and refuses a single leg', async () => {
    await expect(insert(debit)).rejects.toMatchObject({ constraint: 'ledger_entries_balanced' });
    await expect(insert(credit)).rejects.toMatchObject({ constraint: 'ledger_entries_balanced' });
    await insert(debit, credit);
    expect(await ledger()).toHaveLength(2);
  });

  it('refuses a pair that differs in amount or currency', async () => {
    const constraint = 'ledger_entries_balanced';
    await expect(insert(debit, { ...credit, amountMinor: 99n })).rejects.toMatchObject({ constraint });
    await expect(insert(debit, { ...credit, currency: 'EUR' })).rejects.toMatchObject({ constraint });
  });

  it.each([
    'delete from ledger_entries where leg = 1',
    'update ledger_entries set amount_minor = amount_minor + 1 where leg = 1',
    'update ledger_entries set position = 2 where leg = 1',
    "update ledger_entries set direction = 'credit'",
  ])('refuses to become unbalanced by: %s', async (statement) => {
    await insert(debit, credit);
    await expect(fixture.pool.query(statement)).rejects.toMatchObject({
      constraint: 'ledger_entries_balanced',
    });
  });

  it('refuses to join two halves into a pair and leave the other halves alone', async () => {
    await insert(debit, credit);
    await insert({ ...debit, position: 2n }, { ...credit, position: 2n });
    await expect(
      fixture.pool.query('update ledger_entries set position = 3 where (position, leg) in ((1, 1), (2, 2))'),
    ).rejects.toMatchObject({ constraint: 'ledger_entries_balanced' });
  });

  it('takes the leg that an event lacks', async () => {
    await insert(debit, credit);
    await fixture.pool.query('alter table ledger_entries disable trigger user');
    await fixture.pool.query('delete from ledger_entries where leg = 2');
    await fixture.pool.query('alter table ledger_entries enable trigger user');
    await insert(debit, credit);
    expect(await ledger()).toHaveLength(2);
  });
});
