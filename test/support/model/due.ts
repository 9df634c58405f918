// Specifies how due holds and freezes end. Each ends at the very instant of its time. A request on the
// wallet is judged after that.
import { uncounting } from './velocity.ts';
import {
  happen,
  type Happened,
  isDue,
  type ModelStep,
  type ModelWallet,
  type ModelWallets,
  withHold,
} from './wallets.ts';

/** Ends everything due of these wallets, in their order. */
export function endDue(wallets: ModelWallets, walletIds: readonly string[], at: string): Happened {
  return happen(
    wallets,
    walletIds.flatMap((walletId) => dueOf(wallets, walletId, at)),
    at,
  );
}

/** The wallet as a read of the event store shows it. Its version stays, because a read writes nothing. */
export function withoutDue(wallet: ModelWallet, at: string): ModelWallet {
  const { version, updatedAt } = wallet;
  const after = endDue(new Map([[wallet.id, wallet]]), [wallet.id], at).wallets.get(wallet.id);
  return { ...(after ?? wallet), version, updatedAt };
}

function dueOf(wallets: ModelWallets, walletId: string, at: string): readonly ModelStep[] {
  const wallet = wallets.get(walletId);
  if (wallet === undefined) return [];
  const due = [...wallet.holds.values()].filter(
    ({ status, expiresAt }) => status === 'open' && isDue(expiresAt, at),
  );
  due.sort((one, other) =>
    `${one.expiresAt} ${one.holdId}` < `${other.expiresAt} ${other.holdId}` ? -1 : 1,
  );
  const releases = due.map((hold): ModelStep => {
    const { remainingMinor, releasedMinor, capturedMinor } = hold;
    const released = { releasedMinor: releasedMinor + remainingMinor, remainingMinor: 0n };
    return {
      type: 'HoldReleased',
      walletId,
      change: (before, version, time) => ({
        ...withHold(before, { ...hold, ...released, status: 'expired', endedAt: time }),
        ...uncounting(before, hold, remainingMinor, { version, at: time, isGone: capturedMinor === 0n }),
      }),
    };
  });
  const until = wallet.freeze?.until;
  if (until === undefined || !isDue(until, at)) return releases;
  const thaw = {
    type: 'WalletUnfrozen',
    walletId,
    change: () => ({ status: 'active', freeze: undefined }) as const,
  };
  return [...releases, thaw];
}
