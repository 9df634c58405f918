// Writes ledger entries by COPY into the table that a rebuild fills: several times as fast as inserting, as long as
// the table has no indexes. Counts what it wrote, with a checksum that PostgreSQL can compute over the table as well.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { LedgerEntry } from './ledgerEntries.ts';
import { underSavepoint } from './ledgerSink.ts';

/** Entries as COPY takes them. Made while PostgreSQL still writes the page before. */
export interface FormattedEntries {
  readonly text: string;
  readonly entries: number;
  /** Sum of the lines' CRC-32: the order does not matter. */
  readonly checksum: bigint;
}

export function formatEntries(entries: readonly LedgerEntry[]): FormattedEntries {
  let checksum = 0;
  let text = '';
  let occurredAt: Date | undefined;
  let time = '';
  for (const entry of entries) {
    // Both legs of an event carry the same object, and its text costs as much as the rest of the line.
    if (entry.occurredAt !== occurredAt) {
      occurredAt = entry.occurredAt;
      time = occurredAt.toISOString();
    }
    const line = lineOf(entry, entry.account, entry.currency, time);
    checksum += crc32(line);
    text += needsEscape(entry) ? lineOf(entry, escaped(entry.account), escaped(entry.currency), time) : line;
    text += '\n';
  }
  return { text, entries: entries.length, checksum: BigInt(checksum) };
}

/** Appends to `ledger_entries_rebuild`. Throws, with nothing written, what the table refuses. */
export async function copyEntries(client: PoolClient, formatted: FormattedEntries): Promise<void> {
  await underSavepoint(client, () =>
    pipeline(
      Readable.from([Buffer.from(formatted.text, 'utf8')]),
      client.query(
        copyFrom(`
          copy ledger_entries_rebuild
               (position, leg, account, direction, amount_minor, currency, balance_after_minor, occurred_at)
          from stdin with (null '')`),
      ),
    ),
  );
}

/** Fields in the order of the columns, with tabs; `verifyRebuild` makes the same text of a row. */
function lineOf(entry: LedgerEntry, account: string, currency: string, time: string): string {
  const { position, leg, direction, amountMinor, balanceAfterMinor } = entry;
  return `${position}\t${leg}\t${account}\t${direction}\t${amountMinor}\t${currency}\t${balanceAfterMinor ?? ''}\t${time}`;
}

/** What COPY's text format would read as something else. The API refuses such ids; events may be older than it. */
const special = /[\\\t\n\r]/;

function needsEscape({ account, currency }: LedgerEntry): boolean {
  return special.test(account) || special.test(currency);
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r');
}
