// The decision about metadata and labels. The merge happens under the wallet's lock. So two patches at once
// never lose a key of each other.
import type { ChangeDetails } from '../commands.ts';
import type { State } from '../state.ts';
import { type Details, noDetails } from '../walletEvents.ts';
import { accepted, alreadySo, type Decision } from './decision.ts';
import { openWalletOf } from './lifecycle.ts';
import { rejected } from './rejected.ts';

export const metadataKeysMax = 50;
export const labelsMax = 20;
/** Bytes of all metadata as JSON in UTF-8. */
const metadataBytesMax = 8192;

/** Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, WALLET_CLOSED or DETAILS_TOO_LARGE. */
export function decideDetails(command: ChangeDetails, state: State, now: Date): Decision {
  const { walletId } = command;
  const found = openWalletOf(command, state);
  if ('decision' in found) return found.decision;
  const { wallet } = found;
  const before = state.details.get(walletId) ?? noDetails;
  const details: Details = {
    metadata: merged(before.metadata, command.metadata ?? {}),
    labels: command.labels === undefined ? before.labels : [...new Set(command.labels)].sort(),
  };
  const keys = Object.keys(details.metadata).length;
  const bytes = Buffer.byteLength(JSON.stringify(details.metadata));
  if (keys > metadataKeysMax || bytes > metadataBytesMax || details.labels.length > labelsMax) {
    const detail = `Wallet "${walletId}" would have ${keys} keys of ${bytes} bytes and ${details.labels.length} labels. At most ${metadataKeysMax} keys, ${metadataBytesMax} bytes and ${labelsMax} labels are kept.`;
    return rejected({ code: 'DETAILS_TOO_LARGE', walletId, detail });
  }
  const decision =
    JSON.stringify(details) === JSON.stringify(inOrder(before))
      ? alreadySo(wallet)
      : accepted(state, [[walletId, changed(wallet, details)]], now);
  return 'accepted' in decision ? { accepted: { ...decision.accepted, facts: { details } } } : decision;
}

function changed({ currency, balanceMinor }: { currency: string; balanceMinor: bigint }, details: Details) {
  return { type: 'WalletDetailsChanged', currency, balanceMinor, details } as const;
}

/** A row gives its keys back in an order of its own. */
function inOrder({ metadata, labels }: Details): Details {
  return { metadata: merged(metadata, {}), labels };
}

/** Keys in order, so that equal metadata is equal text. */
function merged(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const entries = new Map<string, string | null>([...Object.entries(before), ...Object.entries(patch)]);
  const kept = [...entries].filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}
