// Reads metadata and labels of wallets from the event that last changed them. An event carries all of them.
// So the details of any version of a wallet are one event away. If that event is archived, the opening state
// has the details.
import type { EventRef } from '../../domain/reversal.ts';
import { type Details, noDetails } from '../../domain/walletEvents.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventCodec.ts';
import { readArchivedThrough, readOpeningWallets } from '../openingRows.ts';
import { readEventsOf } from './readEvents.ts';

export type DetailsById = ReadonlyMap<string, Details>;

/**
 * The details of these wallets by their ids, as of the wallets' versions. A wallet without details is absent,
 * and costs nothing. Details that can't be read are none: their event is parked, and named as part of its
 * stream.
 */
export async function readDetails(
  database: Parameters<typeof readEventsOf>[0],
  wallets: readonly (Pick<Wallet, 'id' | 'detailsVersion'> | undefined)[],
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
