// Reading the log fast, in order of position: PostgreSQL packs what a double entry needs of each event into one text a
// page, which costs a third of what rows with JSON cost. Where a text can't be taken apart with certainty, `unpackLog`
// says so, and readEvents.ts has the answer.
import type { Pool } from 'pg';
import type { BookableRecord } from '../../domain/events.ts';
import { schemaVersionsJson, toBookableEvent } from '../packedEvents.ts';

/** A page of the log as one text. */
export interface PackedLog {
  readonly events: number;
  /** Events of unknown types or other schema versions, and those that lack a field. */
  readonly unsupported: number;
  /** A line an event, its words apart by the unit separator; null where the page is empty. */
  readonly packed: string | null;
}

const wordSeparator = '\x1f';
const lineSeparator = '\x1e';
const wordsPerEvent = 9;

/** At most `limit` events behind position `after`. */
export async function readPackedLog(pool: Pool, after: bigint, limit: number): Promise<PackedLog> {
  const { rows } = await pool.query<{ events: string; unsupported: string; packed: string | null }>({
    name: 'read-packed-log',
    // One concat_ws a line: a chain of || copies the line once a word, which made this three times as slow. It leaves a
    // null out, so that a line with a missing field has too few words. Milliseconds are cut off as a Date cuts them.
    text: `
      select count(*) as events,
             count(*) filter (where ($3::jsonb ->> type)::smallint is distinct from schema_version
                or not case type
                         when 'WalletCreated' then data ? 'ownerId'
                         when 'TransferSent' then data ?& array['transferId', 'description']
                         when 'TransferReceived' then data ?& array['transferId', 'fromWalletId', 'description']
                         else data ? 'description'
                       end) as unsupported,
             string_agg(
               concat_ws(
                 $4::text,
                 position,
                 wallet_id,
                 type,
                 floor(date_part('epoch', occurred_at) * 1000 + 0.0005)::bigint,
                 data ->> 'currency',
                 coalesce(data ->> 'amountMinor', '-'),
                 data ->> 'balanceMinor',
                 case when type = 'TransferSent' then data ->> 'toWalletId' else '-' end,
                 case when type = 'TransferSent' then data ->> 'toBalanceMinor' else '-' end
               ),
               $5::text order by position
             ) as packed
        from (
          select position, wallet_id, type, schema_version, data, occurred_at
            from events
           where position > $1::bigint
           order by position
           limit $2::integer
        ) as page`,
    values: [after, limit, schemaVersionsJson, wordSeparator, lineSeparator],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate gives one row');
  return { events: Number(row.events), unsupported: Number(row.unsupported), packed: row.packed };
}

/**
 * Gives each event of a page to `take`, in order of position. False where they have to be read one by one: what `take`
 * was given until then counts for nothing.
 */
export function unpackLog(
  { events, unsupported, packed }: PackedLog,
  take: (record: BookableRecord) => void,
): boolean {
  if (events === 0) return true;
  if (unsupported > 0 || packed === null) return false;
  const lines = packed.split(lineSeparator);
  // A separator in a field makes more words or lines, a missing field fewer words.
  if (lines.length !== events) return false;
  for (const line of lines) {
    const record = toRecord(line);
    if (record === undefined) return false;
    take(record);
  }
  return true;
}

function toRecord(line: string): BookableRecord | undefined {
  const words = line.split(wordSeparator);
  if (words.length !== wordsPerEvent) return undefined;
  const [position = '', walletId = '', type = '', occurredAtMs = ''] = words;
  const [, , , , currency = '', amount = '', balance = '', toWalletId = '', toBalance = ''] = words;
  const event = toBookableEvent(type, currency, amount, balance, toWalletId, toBalance);
  if (event === undefined) return undefined;
  return { position: BigInt(position), walletId, occurredAt: new Date(Number(occurredAtMs)), event };
}
