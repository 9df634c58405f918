// Finds the sender's half of a transfer of which only the receiver's half is in the log. The end of an
// archived segment may lie between them. A movement has its id from the sender's half, so without this it
// would get another id.
import type { EventRef } from '../../domain/reversal.ts';
import type { RecordedEvent } from '../eventCodec.ts';
import { archivedThrough } from '../openingRows.ts';
import { ArchivedError, readRetainedLog } from '../retainedLog.ts';
import type { ReadDatabase } from '../tenantReads.ts';

/**
 * The sender's halves, by the position of the receiver's half. `halves` are those with no event before them.
 * One is absent if its sender's half was never archived. Throws ArchivedError if nobody can say which event
 * it was.
 */
export async function readArchivedSenders(
  database: ReadDatabase,
  halves: readonly RecordedEvent[],
): Promise<ReadonlyMap<bigint, EventRef>> {
  const found = new Map<bigint, EventRef>();
  if (halves.length === 0) return found;
  const retained = await readRetainedLog(database);
  for (const { position, data } of halves) {
    if (position > retained.from || retained.from === 1n) continue;
    const walletId = senderOf(data);
    const version =
      position === retained.from ? await readVersionBefore(database, walletId, position) : undefined;
    if (version === undefined)
      throw new ArchivedError(
        `The sender's half of the transfer at position ${position} is archived.`,
        retained,
      );
    found.set(position, { walletId, version });
  }
  return found;
}

function senderOf(data: unknown): string {
  const { fromWalletId } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return typeof fromWalletId === 'string' ? fromWalletId : '';
}

/**
 * The last version of a wallet before this position, from which on the log is whole. The next version tells
 * it. A wallet without one has it in its opening state.
 */
async function readVersionBefore(
  database: ReadDatabase,
  walletId: string,
  position: bigint,
): Promise<number | undefined> {
  const { rows } = await database.query<{ version: string | null }>({
    name: 'read-version-before',
    text: `
      select coalesce((select version - 1
                         from events
                        where wallet_id = $1::text
                          and position >= $2::bigint
                        order by version
                        limit 1),
                      (select version
                         from opening_wallets
                        where wallet_id = $1::text
                          and position <= ${archivedThrough}
                        order by version desc
                        limit 1)) as version`,
    values: [walletId, position],
  });
  const version = Number(rows[0]?.version ?? 0);
  return version === 0 ? undefined : version;
}
