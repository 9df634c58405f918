// Reads how much of an event went back, from the write side.
import type { EventRef, Reversal } from '../../domain/reversal.ts';
import { readReversal, type ReversalJson, reversalJson } from '../holdRows.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/** Undefined if nothing of the event went back. */
export async function readReversalOf(
  pool: ReadDatabase,
  { walletId, version }: EventRef,
): Promise<Reversal | undefined> {
  const { rows } = await pool.query<{ reversal: ReversalJson }>({
    name: 'read-reversal',
    text: `
      select ${reversalJson} as reversal
        from reversals
       where wallet_id = $1::text
         and version = $2::bigint`,
    values: [walletId, version],
  });
  return rows[0] && readReversal(rows[0].reversal);
}
