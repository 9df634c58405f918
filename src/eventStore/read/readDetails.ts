// Reads metadata and labels of wallets. The event that last changed them carries all of them. So the details
// of any version of a wallet are one event away. If that event is archived, the opening state has the
// details. Their row has those of the newest version, for readers that need no proof of it.
import type { EventRef } from '../../domain/reversal.ts';
import { type Details, noDetails } from '../../domain/walletEvents.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventCodec.ts';
import { readArchivedThrough, readOpeningWallets } from '../openingRows.ts';
import { readEventsOf } from './readEvents.ts';

export type DetailsById = ReadonlyMap<string, Details>;

type DetailedWallet = Pick<Wallet, 'id' | 'detailsVersion'>;

/**
 * As readDetails, and takes the row of the details if it is that of the wallet's version. A look for the
 * event would probe each segment of the log. A verification proves the rows, so it asks the events.
 */
export async function readCurrentDetails(
  database: Parameters<typeof readEventsOf>[0],
  wallets: readonly (DetailedWallet | undefined)[],
): Promise<DetailsById> {
  const wanted = wallets.flatMap((wallet) =>
    wallet === undefined || wallet.detailsVersion === 0 ? [] : [wallet],
  );
  if (wanted.length === 0) return new Map();
  const rows = await readDetailsRows(
    database,
    wanted.map(({ id }) => id),
  );
  const found = new Map(
    wanted.flatMap(({ id, detailsVersion }): [string, Details][] => {
      const row = rows.get(id);
      return row?.version === detailsVersion ? [[id, row.details]] : [];
    }),
  );
  const older = wanted.filter(({ id }) => !found.has(id));
  return new Map([...found, ...(await readDetails(database, older))]);
}

/** The details that wallets have now, and the version that gave them. */
async function readDetailsRows(
  database: Parameters<typeof readEventsOf>[0],
  walletIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly version: number; readonly details: Details }>> {
  const { rows } = await database.query<Details & { readonly id: string; readonly version: number }>({
    name: 'read-details-rows',
    // The order keeps the plan on the primary key, also one that was made while the table was empty.
    text: `
      select wallets.id, wallets.details_version as version, details.metadata, details.labels
        from wallets
       cross join lateral (
             select metadata, labels
               from wallet_details
              where wallet_details.wallet_id = wallets.id
             offset 0
           ) as details
       where wallets.id = any($1::text[])
       order by wallets.id`,
    values: [walletIds],
  });
  return new Map(
    rows.map(({ id, version, metadata, labels }) => [id, { version, details: { metadata, labels } }]),
  );
}

/**
 * The details of these wallets by their ids, as of the wallets' versions. A wallet without details is absent,
 * and costs nothing. Details that can't be read are none: their event is parked, and named as part of its
 * stream.
 */
export async function readDetails(
  database: Parameters<typeof readEventsOf>[0],
  wallets: readonly (DetailedWallet | undefined)[],
): Promise<DetailsById> {
  const wanted = wallets.flatMap((wallet) =>
    wallet === undefined || wallet.detailsVersion === 0
      ? []
      : [{ walletId: wallet.id, version: wallet.detailsVersion }],
  );
  if (wanted.length === 0) return new Map();
  const recorded = await readEventsOf(database, wanted);
  const found = new Map(recorded.map((one) => [one.walletId, detailsIn(one)]));
  const missing = wanted.filter(({ walletId }) => !found.has(walletId));
  for (const [walletId, details] of await readArchivedDetails(database, missing))
    found.set(walletId, details);
  return found;
}

async function readArchivedDetails(
  database: Parameters<typeof readEventsOf>[0],
  missing: readonly EventRef[],
): Promise<DetailsById> {
  if (missing.length === 0) return new Map();
  const ids = missing.map(({ walletId }) => walletId);
  const openings = await readOpeningWallets(database, ids, await readArchivedThrough(database));
  return new Map(
    missing.flatMap(({ walletId, version }): [string, Details][] => {
      const { wallet, state } = openings.get(walletId) ?? {};
      const details = wallet?.detailsVersion === version ? state?.details : undefined;
      return details === undefined ? [] : [[walletId, details]];
    }),
  );
}

function detailsIn(recorded: RecordedEvent): Details {
  try {
    const { event } = decodeEvent(recorded);
    return event.type === 'WalletDetailsChanged' ? event.details : noDetails;
  } catch (error) {
    if (!(error instanceof EventDecodeError)) throw error;
    return noDetails;
  }
}
