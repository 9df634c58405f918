import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../../src/domain/events.ts';
import { inDatabaseTransaction } from '../../../../src/eventStore/database.ts';
import { levels } from '../../../../src/eventStore/levels.ts';
import { positionMax } from '../../../../src/eventStore/logHead.ts';
import { insertLegs } from '../../../../src/projections/ledger/forms/legTable.ts';
import { insertPostings } from '../../../../src/projections/ledger/forms/postingTable.ts';
import { readWalletPostings } from '../../../../src/projections/ledger/forms/readPostings.ts';
import { readBooking } from '../../../../src/projections/ledger/booking.ts';
import { readTrialBalance } from '../../../../src/projections/ledger/ledgerQueries.ts';
import { ledgerEntries, type LedgerEntry } from '../../../../src/projections/ledger/ledgerEntries.ts';
import { type Posting, postingsOf } from '../../../../src/projections/ledger/postings.ts';
import { appendEvents } from '../../../support/appendEvents.ts';
import { beginWithLegs } from '../../../support/legLedger.ts';
import { createProjectionFixture, drainAll, type ProjectionFixture } from '../../../support/projections.ts';
import { transferOf25, walletStream } from '../../../support/walletStream.ts';

let fixture: ProjectionFixture;
beforeEach(async () => {
  fixture = await createProjectionFixture();
});
afterEach(() => fixture.close());

/** The ledger as rows of text. */
async function ledger(): Promise<readonly string[]> {
  const { rows } = await fixture.pool.query<{ line: string }>(
    `select concat_ws(' ', position, leg, direction, account, amount_minor, currency, balance_after_minor) as line
       from ledger_entries
      order by position, leg`,
  );
  return rows.map(({ line }) => line);
}

const created = { ...(walletStream('wallet-001', 100n)[0] as NewEvent), position: 1n };

const forms = { postings: () => undefined, legs: () => beginWithLegs(fixture.pool, levels.postings) };

describe.each(Object.entries(forms))('the ledger of %s', (form, begin) => {
  beforeEach(begin);

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
    const table = form === 'legs' ? 'ledger_entries' : 'ledger_postings';
    await fixture.pool.query(
      `alter table ${table} add constraint refused_by_test check (amount_minor <> 77)`,
    );
    const unbookable = walletStream('wallet-003', 100n, [0n]);
    const refused = walletStream('wallet-004', 100n, [77n]);
    // Both amounts fit into bigint, and their sum does not.
    const halves = [5_000_000_000_000_000_000n, 4_500_000_000_000_000_000n];
    const tooRich = walletStream('wallet-005', 100n, halves);
    await appendEvents(fixture.pool, [...unbookable, ...refused, ...tooRich, ...transferOf25()]);
    expect(await drainAll(fixture.pool, fixture.ledger)).toMatchObject({ processed: 11, parked: 3 });
    const { rows } = await fixture.pool.query(
      'select position, last_error from projection_failures order by position',
    );
    expect(rows).toEqual([
      { position: '2', last_error: 'amount 0 is not above zero' },
      { position: '4', last_error: expect.stringContaining('refused_by_test') as string },
      { position: '7', last_error: 'balance 9500000000000000100 is out of range for the ledger' },
    ]);
    expect(await ledger()).toHaveLength(14);
  });
});

describe('the table of legs', () => {
  const [debit, credit] = ledgerEntries(created) as [LedgerEntry, LedgerEntry];
  const insert = (...legs: readonly LedgerEntry[]) =>
    inDatabaseTransaction(fixture.pool, (client) => insertLegs(client, legs));
  beforeEach(() => beginWithLegs(fixture.pool, levels.postings));

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

describe('the table of postings', () => {
  const [posting] = postingsOf(created) as [Posting];
  const nobody = { walletId: null, balanceAfterMinor: null };
  const insert = (...postings: readonly Posting[]) =>
    inDatabaseTransaction(fixture.pool, (client) => insertPostings(client, postings));

  it.each<[string, Partial<Posting>]>([
    ['ledger_postings_amount', { amountMinor: 0n }],
    ['ledger_postings_posting', { posting: 0 }],
    ['ledger_postings_accounts', { debit: posting.credit }],
    ['ledger_postings_accounts', { credit: nobody }],
    ['ledger_postings_credit_balance', { credit: { ...posting.credit, balanceAfterMinor: null } }],
    ['ledger_postings_debit_balance', { debit: { ...nobody, balanceAfterMinor: 1n } }],
  ])('refuses by %s', async (constraint, change) => {
    await expect(insert({ ...posting, ...change })).rejects.toMatchObject({ constraint });
  });

  it('takes several postings of an event, each once, and shows their legs in order', async () => {
    const second: Posting = {
      ...posting,
      posting: 2,
      debit: { walletId: 'wallet-001', balanceAfterMinor: 90n },
      credit: { walletId: 'wallet-002', balanceAfterMinor: 10n },
      amountMinor: 10n,
    };
    const pending: Posting = { ...second, posting: 3, layer: 'pending', credit: nobody };
    await insert(posting, second, pending);
    await insert(posting, second, pending);
    expect(await ledger()).toEqual([
      '1 1 debit settlement:USD 100 USD',
      '1 2 credit wallet:wallet-001 100 USD 100',
      '1 3 debit wallet:wallet-001 10 USD 90',
      '1 4 credit wallet:wallet-002 10 USD 10',
    ]);
    const bounds = { above: 0n, below: positionMax, from: undefined, to: undefined };
    const entries = { ...bounds, walletId: 'wallet-001' };
    for (const [order, balances] of [
      ['asc', [100n, 90n]],
      ['desc', [90n, 100n]],
    ] as const) {
      // A page never ends inside of an event.
      const found = await readWalletPostings(fixture.pool, { ...entries, order, limit: 1 });
      expect(found.map(({ balanceAfterMinor }) => balanceAfterMinor)).toEqual(balances);
    }
    expect(await readTrialBalance(fixture.pool)).toMatchObject({
      sums: [
        { accountClass: 'settlement', debitsMinor: 100n, creditsMinor: 0n },
        { accountClass: 'wallet', debitsMinor: 10n, creditsMinor: 110n },
      ],
    });
    expect((await readBooking(fixture.pool, 1n)).entries.map(({ account }) => account)).toEqual([
      'settlement:USD',
      'wallet:wallet-001',
      'wallet:wallet-001',
      'wallet:wallet-002',
    ]);
  });
});
