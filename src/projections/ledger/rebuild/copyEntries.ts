// Writes ledger entries by COPY into the table that a rebuild fills: several times as fast as inserting, as long as
// the table has no indexes, and in the binary format, which neither side has to write or read as decimal text. Counts
// what it wrote, with a checksum that PostgreSQL can compute over the table as well.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { LedgerEntry } from '../ledgerEntries.ts';
import { underSavepoint } from '../ledgerSink.ts';
import { createRowWriter } from './rowWriter.ts';

/** Entries as COPY takes them. Made while PostgreSQL still writes the page before. */
export interface FormattedEntries {
  readonly bytes: Uint8Array;
  readonly entries: number;
  /** Sum of the rows' CRC-32 over the bytes of their fields: the order of rows does not matter. */
  readonly checksum: bigint;
}

/** Of the table's columns, in the order of COPY's list below and of `verifyRebuild`. */
const fields = 8;
/** First guess of a row's bytes; the writer grows where it was too low. */
const bytesPerRow = 128;

export interface EntryWriter {
  readonly add: (entries: readonly LedgerEntry[]) => void;
  readonly finish: () => FormattedEntries;
}

/** Takes entries as they are made, so that nobody has to keep them. */
export function createEntryWriter(entriesExpected: number): EntryWriter {
  const writer = createRowWriter(entriesExpected * bytesPerRow);
  let count = 0;
  let checksum = 0;
  return {
    add: (entries) => {
      for (const entry of entries) {
        writer.beginRow(fields);
        writer.bigint(entry.position);
        writer.smallint(entry.leg);
        writer.text(entry.account);
        writer.text(entry.direction);
        writer.bigint(entry.amountMinor);
        writer.text(entry.currency);
        if (entry.balanceAfterMinor === null) writer.nothing();
        else writer.bigint(entry.balanceAfterMinor);
        writer.timestamp(entry.occurredAt);
        checksum += writer.endRow();
        count += 1;
      }
    },
    finish: () => ({ bytes: writer.finish(), entries: count, checksum: BigInt(checksum) }),
  };
}

export function formatEntries(entries: readonly LedgerEntry[]): FormattedEntries {
  const writer = createEntryWriter(entries.length);
  writer.add(entries);
  return writer.finish();
}

/** Appends to `ledger_entries_rebuild`. Throws, with nothing written, what the table refuses. */
export async function copyEntries(client: PoolClient, formatted: FormattedEntries): Promise<void> {
  await underSavepoint(client, () =>
    pipeline(
      Readable.from([formatted.bytes]),
      client.query(
        copyFrom(`
          copy ledger_entries_rebuild
               (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
          from stdin with (format binary)`),
      ),
    ),
  );
}
