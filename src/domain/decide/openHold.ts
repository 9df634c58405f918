// Finds the open hold that a command names, for every decision that needs one.
import { type Hold, holdKey, isDue } from '../hold.ts';
import type { HoldEnd } from '../holdEvents.ts';
import type { State } from '../state.ts';
import type { Wallet } from '../wallet.ts';
import type { Decision, FactsAfter } from './decision.ts';
import { notFound, refuseVersion, rejected } from './rejected.ts';

interface OnHold {
  readonly walletId: string;
  readonly holdId: string;
  readonly expectedVersions: readonly number[] | undefined;
}

type Found = { readonly wallet: Wallet; readonly hold: Hold } | { readonly decision: Decision };

/**
 * Rejects with WALLET_NOT_FOUND, VERSION_MISMATCH, HOLD_NOT_FOUND, HOLD_CLOSED or HOLD_EXPIRED. `refuseOf`
 * checks the state of the wallets, which comes before that of the hold.
 */
export function openHoldOf(
  command: OnHold,
  state: State,
  now: Date,
  refuseOf?: (wallet: Wallet) => Decision | undefined,
): Found {
  const { walletId, holdId } = command;
  const wallet = state.wallets.get(walletId);
  if (wallet === undefined) return { decision: notFound(walletId) };
  const refusal = refuseVersion(wallet, command.expectedVersions) ?? refuseOf?.(wallet);
  if (refusal !== undefined) return { decision: refusal };
  const hold = state.holds.get(holdKey(walletId, holdId));
  if (hold === undefined) return { decision: holdNotFound(walletId, holdId) };
  const { endedAs, expiresAt } = hold;
  if (endedAs === 'expired' || (endedAs === null && isDue(hold, now)))
    return { decision: holdExpired(walletId, holdId, expiresAt) };
  return endedAs === null ? { wallet, hold } : { decision: holdClosed(walletId, holdId, endedAs) };
}

/** The hold after the command. */
export function holdIn(walletId: string, holdId: string): FactsAfter {
  return ({ holds }) => {
    const hold = holds.get(holdKey(walletId, holdId));
    return hold === undefined ? {} : { hold };
  };
}

export function holdNotFound(walletId: string, holdId: string): Decision {
  const detail = `Wallet "${walletId}" has no hold "${holdId}".`;
  return rejected({ code: 'HOLD_NOT_FOUND', walletId, detail });
}

function holdClosed(walletId: string, holdId: string, holdStatus: HoldEnd): Decision {
  const detail = `Hold "${holdId}" of wallet "${walletId}" has ended: ${holdStatus}.`;
  return rejected({ code: 'HOLD_CLOSED', walletId, detail, facts: { holdStatus } });
}

function holdExpired(walletId: string, holdId: string, expiry: Date): Decision {
  const expiresAt = expiry.toISOString();
  const detail = `Hold "${holdId}" of wallet "${walletId}" expired at ${expiresAt}.`;
  return rejected({ code: 'HOLD_EXPIRED', walletId, detail, facts: { expiresAt } });
}
