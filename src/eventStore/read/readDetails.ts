// Reads metadata and labels of wallets from the event that last changed them. An event carries all of them.
// So the details of any version of a wallet are one event away.
import { type Details, noDetails } from '../../domain/walletEvents.ts';
import type { Wallet } from '../../domain/wallet.ts';
import { decodeEvent, EventDecodeError, type RecordedEvent } from '../eventCodec.ts';
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
  return new Map(recorded.map((one) => [one.walletId, detailsIn(one)]));
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
