// Reads the log fast, in order of position, for a ledger rebuild. PostgreSQL packs the fields that a double
// entry needs into one text a page, which costs a third of rows with JSON. If a text cannot be taken apart
// with certainty, `unpackLog` says so, and the page is read with readEvents.ts.
import type { Pool } from 'pg';
import type { BookableEvent, BookableRecord } from '../../domain/events.ts';
import {
  schemaVersionsJson,
  toBookableEvent,
  toWholeEvent,
  wholeVersionsJson,
  wholeWords,
  wholeWordsCount,
} from '../packedEvents.ts';

/** A page of the log as one text. */
export interface PackedLog {
  readonly events: number;
  /**
   * One line an event, with the unit separator between its words. An event of an unknown type, of another
   * schema version, or without a field has none. Null if no event has one.
   */
  readonly packed: string | null;
}

const wordSeparator = '\x1f';
const lineSeparator = '\x1e';
const wordsOfMoving = 9;
/** The words before `wholeWords`, of an event that does more than move a balance. */
const wordsBeforeWhole = 4;

/** At most `limit` events after position `after`. */
export async function readPackedLog(pool: Pool, after: bigint, limit: number): Promise<PackedLog> {
  const { rows } = await pool.query<{ events: string; packed: string | null }>({
    name: 'read-packed-log',
    // One concat_ws a line: a chain of || copies the line once for each word, which was three times as slow.
    // A null is left out, so a line with a missing field has too few words. Fractions of a millisecond are
    // cut off as a Date does.
    text: `
      select count(*) as events,
             string_agg(
               case when ($3::jsonb ->> type)::smallint = coalesce(schema_version, 1)
                    then case when (status is null or status in ('frozen', 'closed'))
                               and case type
                                     when 'WalletCreated' then coalesce(extra, data) ? 'ownerId'
                                     when 'TransferSent' then coalesce(extra, data) ? 'transferId'
                                                          and (description is not null or data ? 'description')
                                     when 'TransferReceived'
                                     then coalesce(extra, data) ?& array['transferId', 'fromWalletId']
                                      and (description is not null or data ? 'description')
                                     else description is not null or data ? 'description'
                                   end
                              then concat_ws(
                                $4::text,
                                position,
                                wallet_id,
                                type,
                                floor(date_part('epoch', occurred_at) * 1000 + 0.0005)::bigint,
                                coalesce(currency, data ->> 'currency'),
                                coalesce(amount_minor::text, data ->> 'amountMinor', '-'),
                                coalesce(balance_minor::text, data ->> 'balanceMinor'),
                                case when type = 'TransferSent' then coalesce(extra, data) ->> 'toWalletId' else '-' end,
                                case when type = 'TransferSent' then coalesce(extra, data) ->> 'toBalanceMinor' else '-' end
                              )
                         end
                    when ($6::jsonb ->> type)::smallint = coalesce(schema_version, 1) and data is null
                    then concat_ws(
                      $4::text,
                      position,
                      wallet_id,
                      type,
                      floor(date_part('epoch', occurred_at) * 1000 + 0.0005)::bigint,
                      ${wholeWords}
                    )
               end,
               $5::text order by position
             ) as packed
        from (
          select position, wallet_id, type, schema_version, occurred_at, data,
                 amount_minor, balance_minor, currency, description, extra,
                 held_minor, status, terms_version, details_version
            from events
           where position > $1::bigint
           order by position
           limit $2::integer
        ) as page`,
    values: [after, limit, schemaVersionsJson, wordSeparator, lineSeparator, wholeVersionsJson],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('an aggregate gives one row');
  return { events: Number(row.events), packed: row.packed };
}

/**
 * Gives each event of a page to `take`, in order of position. Returns false if the events must be read one by
 * one. The events that `take` got until then do not count.
 */
export function unpackLog({ events, packed }: PackedLog, take: (record: BookableRecord) => void): boolean {
  if (events === 0) return true;
  if (packed === null) return false;
  const lines = packed.split(lineSeparator);
  // A separator inside a field makes more words or lines, a missing field makes fewer words, and an event
  // that is left out makes fewer lines.
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
  const [position = '', walletId = '', type = '', occurredAtMs = ''] = words;
  const occurredAt = new Date(Number(occurredAtMs));
  const event =
    words.length === wordsBeforeWhole + wholeWordsCount
      ? wholeEvent(words, occurredAt)
      : movingEvent(words, type);
  return event && { position: BigInt(position), walletId, occurredAt, event };
}

function movingEvent(words: readonly string[], type: string): BookableEvent | undefined {
  if (words.length !== wordsOfMoving) return undefined;
  const [, , , , currency = '', amount = '', balance = '', toWalletId = '', toBalance = ''] = words;
  return toBookableEvent(type, currency, amount, balance, toWalletId, toBalance);
}

function wholeEvent(words: readonly string[], occurredAt: Date): BookableEvent | undefined {
  const [position = '', walletId = '', type = ''] = words;
  const recorded = { position: BigInt(position), walletId, version: 0, occurredAt };
  return toWholeEvent(recorded, type, words, wordsBeforeWhole);
}
