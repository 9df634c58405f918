// Writes postings by COPY: a rebuild into the table that it fills, in the form of that table, a restore into
// a part, and the drain into the live one. Without indexes on the table, that is several times as fast as
// inserts. The binary format spares both sides the conversion to decimal text. Counts the entries and sums
// the rows' checksums, which PostgreSQL can compute over the table.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type LedgerForm, underSavepoint } from '../forms/ledgerForm.ts';
import { accountOf, type Posting, type Side } from '../postings.ts';
import { createRowWriter, type RowWriter } from './rowWriter.ts';

/** Rows in the format of COPY. They are made while PostgreSQL still writes the previous page. */
export interface FormattedPostings {
  readonly form: LedgerForm;
  readonly bytes: Uint8Array;
  /** Each posting has two: a debit and a credit. */
  readonly entries: number;
  /** Sum of the rows' CRC-32 over the bytes of their fields. The order of rows does not matter. */
  readonly checksum: bigint;
}

/** First guess of a posting's bytes. The writer's buffer grows if the guess is too low. */
const bytesPerPosting: Readonly<Record<LedgerForm, number>> = { legs: 256, postings: 160 };

/** The order of the fields is that of COPY's list below and of `verifyRebuild`. */
const columns: Readonly<Record<LedgerForm, string>> = {
  legs: 'position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at',
  postings: `position, occurred_at, amount_minor, debit_balance_after_minor, credit_balance_after_minor,
             posting, pending, debit_wallet_id, credit_wallet_id, currency`,
};

const writers: Readonly<Record<LedgerForm, (writer: RowWriter, posting: Posting) => number>> = {
  legs: writeLegs,
  postings: writePosting,
};

export interface PostingWriter {
  readonly add: (postings: readonly Posting[]) => void;
  readonly finish: () => FormattedPostings;
}

/** Takes postings as they are made, so that none has to be kept. */
export function createPostingWriter(form: LedgerForm, postingsExpected: number): PostingWriter {
  const writer = createRowWriter(postingsExpected * bytesPerPosting[form]);
  const write = writers[form];
  let entries = 0;
  let checksum = 0;
  return {
    add: (postings) => {
      for (const posting of postings) {
        // A leg has no layer, so the table of legs holds settled money alone.
        if (form === 'legs' && posting.layer === 'pending') continue;
        checksum += write(writer, posting);
        entries += 2;
      }
    },
    finish: () => ({ form, bytes: writer.finish(), entries, checksum: BigInt(checksum) }),
  };
}

export function formatPostings(form: LedgerForm, postings: readonly Posting[]): FormattedPostings {
  const writer = createPostingWriter(form, postings.length);
  writer.add(postings);
  return writer.finish();
}

function writeLegs(writer: RowWriter, posting: Posting): number {
  return writeLeg(writer, posting, posting.debit, 1) + writeLeg(writer, posting, posting.credit, 0);
}

function writeLeg(writer: RowWriter, posting: Posting, side: Side, isDebit: 0 | 1): number {
  writer.beginRow(8);
  writer.bigint(posting.position);
  writer.smallint(2 * posting.posting - isDebit);
  const other = isDebit === 1 ? posting.credit : posting.debit;
  writer.text(accountOf(side.walletId, other.walletId, posting.currency, posting.layer));
  writer.text(isDebit === 1 ? 'debit' : 'credit');
  writer.bigint(posting.amountMinor);
  writer.text(posting.currency);
  if (side.balanceAfterMinor === null) writer.nothing();
  else writer.bigint(side.balanceAfterMinor);
  writer.timestamp(posting.occurredAt);
  return writer.endRow();
}

/** A null counts in the checksum. Otherwise a posting with swapped sides would have the same sum. */
const nullByte = 0xff;

function writePosting(writer: RowWriter, posting: Posting): number {
  const { debit, credit } = posting;
  writer.beginRow(10);
  writer.bigint(posting.position);
  writer.timestamp(posting.occurredAt);
  writer.bigint(posting.amountMinor);
  if (debit.balanceAfterMinor === null) writer.nothing(nullByte);
  else writer.bigint(debit.balanceAfterMinor);
  if (credit.balanceAfterMinor === null) writer.nothing(nullByte);
  else writer.bigint(credit.balanceAfterMinor);
  writer.smallint(posting.posting);
  writer.boolean(posting.layer === 'pending');
  if (debit.walletId === null) writer.nothing(nullByte);
  else writer.text(debit.walletId);
  if (credit.walletId === null) writer.nothing(nullByte);
  else writer.text(credit.walletId);
  writer.text(posting.currency);
  return writer.endRow();
}

type CopiedTable =
  'ledger_entries_rebuild' | 'ledger_postings_rebuild' | 'ledger_postings' | `ledger_restore_s${number}`;

const rebuildTables: Readonly<Record<LedgerForm, CopiedTable>> = {
  legs: 'ledger_entries_rebuild',
  postings: 'ledger_postings_rebuild',
};

/** Appends to one of the tables. Throws its error, and then nothing was written. */
export async function copyPostings(
  client: PoolClient,
  { form, bytes }: FormattedPostings,
  table: CopiedTable = rebuildTables[form],
): Promise<void> {
  const statement = `copy ${table} (${columns[form]}) from stdin with (format binary)`;
  await underSavepoint(client, () => pipeline(Readable.from([bytes]), client.query(copyFrom(statement))));
}
